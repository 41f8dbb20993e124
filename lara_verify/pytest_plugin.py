"""pytest: one test item for each case of a candidate.

>>> from lara_verify.pytest_plugin import parametrize_with_checks  # doctest: +SKIP
>>> @parametrize_with_checks("my_ra.py:ra", claimed="ra")  # doctest: +SKIP
... def test_ra(check):
...     check()
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lara_verify.plan import Case, TrialPlan
    from lara_verify.verdict import Verdict


@dataclass(frozen=True)
class CaseCheck:
    """One case of a candidate; calling it judges the case and fails the test unless it is certified."""

    cases: "tuple[Case, ...]"
    case: "Case"
    seed: int
    expected: str | None = None

    def __call__(self) -> None:
        """Judge the case at its share of the run's budget, whatever other items are selected."""
        from lara_verify.expected import sentence, token

        if self.case.skip is not None:
            pytest.skip(self.case.skip)
        verdict, plain = _judged(self.cases, self.case, self.seed)
        said, message = token(verdict, self.expected), sentence(plain, verdict, self.expected)
        if said == "xfail":
            pytest.xfail(message)
        if said != "certified":
            pytest.fail(f"{said}: {message}", pytrace=False)


def _judged(cases: "tuple[Case, ...]", case: "Case", seed: int) -> "tuple[Verdict, str]":
    from lara_verify.plan import group

    (plan,) = [plan for plan in group(cases) if case in plan.cases]
    return _trial(cases, plan, seed)[case.id]


@cache
def _trial(cases: "tuple[Case, ...]", plan: "TrialPlan", seed: int) -> "dict[str, tuple[Verdict, str]]":
    """Verdict and message of every case of a trial, which is run once for all items that share its draws."""
    from lara_verify.ledger import split
    from lara_verify.outcome import Settings
    from lara_verify.trial import Trial, run_trial

    settings = Settings()
    ledger = split([case.id for case in cases], settings.alpha, settings.beta)
    results = run_trial(Trial(plan, tuple(ledger[case.id] for case in plan.cases), seed))
    return {result.case.id: (result.verdict, result.message) for result in results}


def parametrize_with_checks(
    target: str, *, claimed: str = "ra", profile: str = "quick", seed: int = 0
) -> pytest.MarkDecorator:
    """Parametrise a test over the cases of ``target``; the test takes an argument ``check`` and calls it.

    What the nearest pyproject.toml expects to fail for ``target``, in ``[[tool.lara-verify.xfail]]``, is an xfail, and
    strict: certified all the same, it fails.

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
    lara_verify.expected.ExpectedError
        If what is expected to fail cannot be read, or matches no case.
    """
    from lara_verify.declare import candidate
    from lara_verify.expected import read_expected, reason_for, refuse_unmatched
    from lara_verify.sources.candidate import inspect_candidate

    cases = candidate(target, inspect_candidate(target), claimed, profile, n_samples=None)
    expected = read_expected(None, target, Path.cwd())
    refuse_unmatched(expected, (case.id for case in cases))
    checks = [CaseCheck(cases, case, seed, reason_for(case.id, expected)) for case in cases]
    return pytest.mark.parametrize("check", checks, ids=[case.id for case in cases])
