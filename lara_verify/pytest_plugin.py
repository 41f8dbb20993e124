"""pytest: one test item for each case of a candidate.

>>> from lara_verify.pytest_plugin import parametrize_with_checks  # doctest: +SKIP
>>> @parametrize_with_checks("my_ra.py:ra", claimed="ra")  # doctest: +SKIP
... def test_ra(check):
...     check()
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lara_verify.plan import Case


@dataclass(frozen=True)
class CaseCheck:
    """One case of a candidate; calling it judges the case and fails the test unless it is certified."""

    cases: "tuple[Case, ...]"
    case_id: str
    profile: str
    seed: int

    def __call__(self) -> None:
        """Judge the case at its share of the run's budget, whatever other items are selected."""
        from lara_verify.outcome import Settings
        from lara_verify.suite import run
        from lara_verify.verdict import Verdict

        settings = Settings(self.profile, self.seed, only=self.case_id, n_workers=1)
        (result,) = run(self.cases, settings).results
        if result.verdict is Verdict.SKIPPED:
            pytest.skip(result.message)
        if result.verdict is not Verdict.CERTIFIED:
            pytest.fail(f"{result.verdict}: {result.message}", pytrace=False)


def parametrize_with_checks(
    target: str, *, claimed: str = "ra", profile: str = "quick", seed: int = 0
) -> pytest.MarkDecorator:
    """Parametrise a test over the cases of ``target``; the test takes an argument ``check`` and calls it.

    Parameters
    ----------
    target
        ``path/to/file.py:name`` or ``package.module:name``, as for ``lara-verify check``.
    claimed
        The estimator that it says it is.
    profile, seed
        As for ``lara-verify check``. The error budget is split over all cases of ``target``, before any is deselected.

    Raises
    ------
    lara_verify.sources.target.TargetError
        If ``target`` cannot be loaded.
    """
    from lara_verify.declare import candidate
    from lara_verify.sources.candidate import inspect_candidate

    cases = candidate(target, inspect_candidate(target), claimed, profile, n_samples=None)
    checks = [CaseCheck(cases, case.id, profile, seed) for case in cases]
    return pytest.mark.parametrize("check", checks, ids=[check.case_id for check in checks])
