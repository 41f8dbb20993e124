"""pytest: one test item for each case of a candidate.

>>> from lara_verify.pytest_plugin import parametrize_with_checks  # doctest: +SKIP
>>> @parametrize_with_checks("my_ra.py:ra", claimed="ra")  # doctest: +SKIP
... def test_ra(check):
...     check()

Under pytest-xdist ids are the same on every worker, and so is what becomes of an item: its draws depend on the seed and
on its trial alone, its share of the error budget on what is declared. Items of one trial that land on different workers
cost a second run of the same draws, and no second chance to err.
"""

import shlex
import time
from collections import Counter, defaultdict
from collections.abc import Generator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lara_verify.plan import Case, TrialPlan
    from lara_verify.trial import CaseResult


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("lara-verify")
    group.addoption(
        "--lara-seed",
        type=int,
        metavar="N",
        help="seed of all checks, in place of what tests name (0 if nothing)",
    )
    group.addoption(
        "--lara-time-limit",
        type=float,
        metavar="SECONDS",
        help="time that all checks together may take, in each process; what is open then ends undecided, and fails",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Check the options."""
    seed, limit = config.getoption("lara_seed"), config.getoption("lara_time_limit")
    if seed is not None and seed < 0:
        raise pytest.UsageError(f"--lara-seed is {seed}; expected a non-negative integer")
    if limit is not None and not limit > 0:
        raise pytest.UsageError(f"--lara-time-limit is {limit:g}; expected a positive number of seconds")
    config.stash[_SITTING] = _Sitting(seed, limit)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a check know which item it is called in."""
    before = _ITEM.set(item)
    try:
        return (yield)
    finally:
        _ITEM.reset(before)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the ledger: for each test what was declared, at which chances of error, and how it ended."""
    ledgers: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for reports in terminalreporter.stats.values():
        for report in reports:
            properties = dict(getattr(report, "user_properties", ()))
            if getattr(report, "when", None) == "call" and "lara_target" in properties:
                ledgers[report.nodeid.partition("[")[0]][report.nodeid] = properties
    if ledgers:
        terminalreporter.section("lara-verify")
    for name, items in ledgers.items():
        terminalreporter.write_line(f"{name}: {_ledger_line([*items.values()])}")


def _ledger_line(items: list[dict[str, Any]]) -> str:
    first, counts = items[0], Counter(properties["verdict"] for properties in items)
    declared = int(first["lara_declared"])
    alpha, beta = (declared * float(first[name]) for name in ("alpha", "beta"))
    tally = [f"{n} {verdict}" for verdict, n in counts.most_common()]
    tally += [f"{declared - len(items)} not run"] if len(items) < declared else []
    return (
        f"{first['lara_target']}: {declared} cases declared, alpha {alpha:g} and beta {beta:g} over all of them, "
        f"seed {first['seed']}: {', '.join(tally)}"
    )


class _Sitting:
    """What a session was asked for, and the trials that this process has run."""

    def __init__(self, seed: int | None = None, time_limit: float | None = None) -> None:
        self.seed, self._left = seed, time_limit
        self._trials: dict[Any, dict[str, CaseResult]] = {}

    def judged(self, cases: "tuple[Case, ...]", case: "Case", seed: int) -> "CaseResult":
        """How a case ended; its trial is run once for all items that share its draws."""
        from lara_verify.plan import group

        (plan,) = [plan for plan in group(cases) if case in plan.cases]
        key = (cases, plan, seed)
        if key not in self._trials:
            self._trials[key] = {result.case.id: result for result in self._run(cases, plan, seed)}
        return self._trials[key][case.id]

    def _run(self, cases: "tuple[Case, ...]", plan: "TrialPlan", seed: int) -> "tuple[CaseResult, ...]":
        from lara_verify.ledger import split
        from lara_verify.outcome import Settings
        from lara_verify.trial import CaseResult, Trial, run_trial
        from lara_verify.verdict import Verdict

        settings = Settings()
        ledger = split([case.id for case in cases], settings.alpha, settings.beta)
        shares = tuple(ledger[case.id] for case in plan.cases)
        if self._left is not None and self._left <= 0:
            why = "the time limit came first"
            return tuple(CaseResult(c, s, Verdict.UNDECIDED, why) for c, s in zip(plan.cases, shares, strict=True))
        began = time.monotonic()
        results = run_trial(Trial(plan, shares, seed, None if self._left is None else time.time() + self._left))
        if self._left is not None:
            self._left -= time.monotonic() - began
        return results


_SITTING = pytest.StashKey[_Sitting]()
_ITEM: ContextVar[pytest.Item | None] = ContextVar("_ITEM", default=None)


@dataclass(frozen=True)
class CaseCheck:
    """One case of a candidate; calling it judges the case and fails the test unless it is certified."""

    cases: "tuple[Case, ...]"
    case: "Case"
    words: str
    seed: int = 0
    expected: str | None = None

    def __call__(self) -> None:
        """Judge the case at its share of the run's budget, whatever other items are selected.

        How it ended becomes properties of the item, which JUnit files hold.
        """
        from lara_verify.expected import sentence, token

        item = _ITEM.get()
        sitting = _Sitting() if item is None else item.config.stash[_SITTING]
        seed = self.seed if sitting.seed is None else sitting.seed
        if self.case.skip is not None:
            self._note(item, seed, "skipped", 0)
            pytest.skip(self.case.skip)  # declared beforehand, with why there is nothing to judge
        result = sitting.judged(self.cases, self.case, seed)
        said, message = token(result.verdict, self.expected), sentence(result.message, result.verdict, self.expected)
        self._note(item, seed, said, result.n_replicates)
        if said == "xfail":
            pytest.xfail(message)  # refuted, as pyproject.toml says it would be and why
        if said != "certified":
            pytest.fail(f"{said}: {message}\nagain: {self._replay(seed)}", pytrace=False)

    def _note(self, item: pytest.Item | None, seed: int, verdict: str, n_replicates: int) -> None:
        from lara_verify.outcome import Settings

        if item is None:
            return
        settings, declared = Settings(), len(self.cases)
        item.user_properties += [
            ("verdict", verdict),
            ("n_replicates", n_replicates),
            ("seed", seed),
            ("alpha", settings.alpha / declared),
            ("beta", settings.beta / declared),
            ("replay", self._replay(seed)),
            ("lara_target", self.words),
            ("lara_declared", declared),
        ]

    def _replay(self, seed: int) -> str:
        named = "" if seed == 0 else f" --seed {seed}"
        return f"lara-verify check {self.words}{named} --only {shlex.quote(self.case.id)}"


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
        As for ``lara-verify check``; ``--lara-seed`` replaces the seed. The error budget is split over all cases of
        ``target``, before any is deselected; every test that is parametrised so has a budget of its own.

    Raises
    ------
    lara_verify.sources.target.TargetError
        If ``target`` cannot be loaded.
    lara_verify.project_file.ProjectFileError
        If what is expected to fail cannot be read, or matches no case.
    """
    from lara_verify.declare import candidate
    from lara_verify.expected import read_expected, reason_for, refuse_unmatched
    from lara_verify.sources.candidate import inspect_candidate

    cases = candidate(target, inspect_candidate(target), claimed, profile, n_samples=None)
    expected = read_expected(None, target, Path.cwd())
    refuse_unmatched(expected, (case.id for case in cases))
    words = f"{shlex.quote(target)} --as {shlex.quote(claimed)}"
    words += "" if profile == "default" else f" --{profile}"
    checks = [CaseCheck(cases, case, words, seed, reason_for(case.id, expected)) for case in cases]
    return pytest.mark.parametrize("check", checks, ids=[case.id for case in cases])
