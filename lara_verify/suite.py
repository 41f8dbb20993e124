"""Joins the rooms: cases become trials, trials run on workers, results come back in the order declared."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from lara_estimators import ClaimName
from lara_verify.checks import Plan
from lara_verify.ledger import Allowance, split
from lara_verify.plan import Case, TrialPlan, group
from lara_verify.trial import PATIENCE, CaseResult, Trial, run_trial
from lara_verify.verdict import Verdict, overall
from lara_verify.workers import default_workers, run_all

SURVEY_EFFORT = 1 / 8
"""Share of the planned replicates that a survey draws."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What governs a run.

    Parameters
    ----------
    alpha, beta
        Of the whole run, split over all declared cases.
    only
        Run the cases whose id matches this pattern (``*`` and ``?``; without them, a part of the id is enough).
    time_limit
        Seconds; what is open then ends undecided.
    survey
        Judge all cases on a fraction of their replicates first, and go no further if one of them is refuted.
    """

    profile: str = "default"
    seed: int = 0
    alpha: float = 1e-6
    beta: float = 1e-6
    only: str | None = None
    time_limit: float | None = None
    n_workers: int | None = None
    survey: bool = False

    def selects(self, case_id: str) -> bool:
        """Whether `only` lets this case through."""
        if self.only is None:
            return True
        return fnmatchcase(case_id, self.only) or ("*" not in self.only and self.only in case_id)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; `results` are in the order declared."""

    settings: Settings
    ledger: tuple[Allowance, ...]
    results: tuple[CaseResult, ...]
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all cases."""
        return overall(result.verdict for result in self.results)


def run(
    cases: Sequence[Case], settings: Settings, progress: Callable[[tuple[CaseResult, ...]], None] = lambda _: None
) -> Outcome:
    """Judge ``cases`` and call ``progress`` with results as they become final.

    Opening trials come first and end the run if `protocol` is refuted in one of them; then, if asked for, a survey of
    all others; then the others in full. An interrupt ends the run at once: what was decided is kept.
    """
    going = _Going(cases, settings, progress)
    trials = [t for t in map(going.selected, group(cases)) if t.cases]
    opening, others = [t for t in trials if t.opening], [t for t in trials if not t.opening]
    interrupted = False
    try:
        going.judge(opening, PATIENCE)
        if not going.refuted(ClaimName.PROTOCOL):
            if settings.survey:
                going.judge(others, SURVEY_EFFORT, final=False)
            if not going.refuted():
                going.judge(others, PATIENCE)
    except KeyboardInterrupt:
        interrupted = True
    return going.outcome(interrupted)


class _Going:
    """A run under way: its ledger, its clock, and what has been found so far."""

    def __init__(
        self, cases: Sequence[Case], settings: Settings, progress: Callable[[tuple[CaseResult, ...]], None]
    ) -> None:
        self._began = time.time()
        self._deadline = None if settings.time_limit is None else self._began + settings.time_limit
        self._cases, self._settings, self._progress = cases, settings, progress
        self._ledger = split([case.id for case in cases], settings.alpha, settings.beta)
        self._found: dict[str, CaseResult] = {}

    def selected(self, plan: TrialPlan) -> TrialPlan:
        return TrialPlan(plan.stream, tuple(case for case in plan.cases if self._settings.selects(case.id)))

    def judge(self, trials: Sequence[TrialPlan], effort: float, *, final: bool = True) -> None:
        """Run trials; results that are not ``final`` are shown only where they refute."""
        settings = self._settings
        tasks = [
            Trial(t, tuple(self._ledger[c.id] for c in t.cases), settings.seed, self._deadline, effort) for t in trials
        ]
        for task, came in run_all(run_trial, tasks, settings.n_workers or default_workers(), self._seconds_left):
            results = _failed(task, came) if isinstance(came, BaseException) else came
            self._found |= {result.case.id: result for result in results}
            self._progress(tuple(r for r in results if final or r.verdict is Verdict.REFUTED))

    def refuted(self, claim: ClaimName | None = None) -> CaseResult | None:
        """The first refuted case in the order declared, of ``claim`` if given."""
        for case in self._cases:
            result = self._found.get(case.id)
            if result and result.verdict is Verdict.REFUTED and claim in (None, case.claim):
                return result
        return None

    def outcome(self, interrupted: bool) -> Outcome:
        because = self.refuted(ClaimName.PROTOCOL) or self.refuted()
        results = []
        for case in self._cases:
            if not self._settings.selects(case.id):
                continue
            result = self._found.get(case.id)
            if result is None and because and not interrupted:
                reason = f"not judged, since {because.case.id} is refuted: {because.message}"
                result = CaseResult(case, self._ledger[case.id], Verdict.SKIPPED, reason)
            elif result is None:
                reason = "the run was interrupted first" if interrupted else "the time limit came first"
                result = CaseResult(case, self._ledger[case.id], Verdict.UNDECIDED, reason)
            results.append(result)
        seconds = time.time() - self._began
        return Outcome(self._settings, tuple(self._ledger.values()), tuple(results), seconds, interrupted)

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - time.time()


def planned(cases: Sequence[Case], n_declared: int, settings: Settings) -> list[tuple[Case, Plan]]:
    """What each case would take, at its share of the budget of ``n_declared`` cases; nothing is drawn."""
    return [(case, case.plan(settings.beta / n_declared)) for case in cases]


def _failed(task: Trial, error: BaseException) -> tuple[CaseResult, ...]:
    message = f"the verifier failed here: {type(error).__name__}: {error}".splitlines()[0]
    return tuple(
        CaseResult(case, allowance, Verdict.ERROR, message)
        for case, allowance in zip(task.plan.cases, task.allowances, strict=True)
    )

