"""Joins the rooms: cases become trials, trials run on workers, results come back in the order declared."""

import time
from collections.abc import Callable, Sequence

from lara_estimators import ClaimName
from lara_verify.checks import Plan
from lara_verify.diagnosis import Diagnosis, diagnose
from lara_verify.ledger import split
from lara_verify.outcome import Outcome, Settings
from lara_verify.plan import Case, TrialPlan, group
from lara_verify.trial import PATIENCE, CaseResult, Trial, run_trial
from lara_verify.verdict import Verdict
from lara_verify.workers import default_workers, run_all

SURVEY_EFFORT = 1 / 8
"""Share of the planned replicates that a survey draws."""

LAST_WORDS = 1.0
"""Seconds before the time limit, a tenth of it at most, when trials draw no more and say what they have found."""

Progress = Callable[[tuple[CaseResult, ...]], None]


def run(cases: Sequence[Case], settings: Settings, progress: Progress = lambda _: None) -> Outcome:
    """Judge ``cases`` and call ``progress`` with results as they become final.

    Opening trials come first and end the run if `protocol` is refuted in one of them; then, for a candidate, a
    survey of all others; then the others in full. An interrupt ends the run at once: what was decided is kept.
    """
    going = _Going(cases, settings, progress)
    trials = [plan for plan in group(cases) if going.selected(plan)]
    opening, others = [t for t in trials if t.opening], [t for t in trials if not t.opening]
    diagnosis, interrupted = None, False
    try:
        going.judge(opening, PATIENCE)
        if not going.refuted(ClaimName.PROTOCOL):
            if settings.of_candidate:
                going.judge(others, SURVEY_EFFORT, final=False)
            if not going.refuted():
                going.judge(others, PATIENCE)
        if settings.of_candidate:
            diagnosis = going.diagnosis()
    except KeyboardInterrupt:
        interrupted = True
    return going.outcome(diagnosis, interrupted)


def planned(cases: Sequence[Case], n_declared: int, settings: Settings) -> list[tuple[Case, Plan]]:
    """What each case would take, at its share of the budget of ``n_declared`` cases; nothing is drawn."""
    return [(case, case.plan(settings.beta / n_declared)) for case in cases]


class _Going:
    """A run under way: its ledger, its clock, and what has been found so far."""

    def __init__(self, cases: Sequence[Case], settings: Settings, progress: Progress) -> None:
        self._began = time.time()
        limit = settings.time_limit
        self._deadline = None if limit is None else self._began + limit
        self._last_draw = None if limit is None else self._began + limit - min(LAST_WORDS, limit / 10)
        self._cases, self._settings, self._progress = cases, settings, progress
        self._n_workers = settings.n_workers or default_workers()
        self._ledger = split([case.id for case in cases], settings.alpha, settings.beta)
        self._found: dict[str, CaseResult] = {}

    def selected(self, plan: TrialPlan) -> bool:
        """Whether a trial has a chosen case; it is then run whole, so that a case sees the draws it always sees."""
        return any(self._settings.selects(case.id) for case in plan.cases)

    def judge(self, trials: Sequence[TrialPlan], effort: float, *, final: bool = True) -> None:
        """Run trials; results that are not ``final`` are shown only where they refute."""
        seed, deadline = self._settings.seed, self._last_draw
        tasks = [Trial(t, tuple(self._ledger[c.id] for c in t.cases), seed, deadline, effort) for t in trials]
        for task, came in run_all(run_trial, tasks, self._n_workers, self._seconds_left):
            results = _failed(task, came) if isinstance(came, BaseException) else came
            self._found |= {result.case.id: result for result in results}
            chosen = (r for r in results if self._settings.selects(r.case.id))
            self._progress(tuple(r for r in chosen if final or r.verdict is Verdict.REFUTED))

    def refuted(self, claim: ClaimName | None = None) -> CaseResult | None:
        """The first case refuted against expectation, in the order declared, of ``claim`` if given."""
        for case in self._cases:
            result = self._found.get(case.id)
            refuted = result is not None and result.verdict is Verdict.REFUTED
            if result and refuted and claim in (None, case.claim) and self._settings.reason_for(case.id) is None:
                return result
        return None

    def diagnosis(self) -> tuple[Diagnosis, ...] | None:
        """Name the cause where a law was refuted and the candidate can be drawn from."""
        laws = (ClaimName.UNBIASED, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES, ClaimName.BOUNDED)
        law = next(filter(None, map(self.refuted, laws)), None)
        if law is None or self.refuted(ClaimName.PROTOCOL):
            return None
        claims = {verdict: {r.case.claim for r in self._found.values() if r.verdict is verdict} for verdict in Verdict}
        settings = self._settings
        return diagnose(
            law.case.source,
            claims[Verdict.REFUTED],
            certified=claims[Verdict.CERTIFIED] - claims[Verdict.REFUTED] - claims[Verdict.UNDECIDED],
            alpha=settings.alpha,
            seed=settings.seed,
            n_workers=self._n_workers,
            deadline=self._deadline,
        )

    def outcome(self, diagnosis: tuple[Diagnosis, ...] | None, interrupted: bool) -> Outcome:
        chosen = [case for case in self._cases if self._settings.selects(case.id)]
        results = tuple(self._found.get(case.id) or self._unreached(case, interrupted) for case in chosen)
        seconds = time.time() - self._began
        return Outcome(self._settings, tuple(self._ledger.values()), results, diagnosis, seconds, interrupted)

    def _unreached(self, case: Case, interrupted: bool) -> CaseResult:
        if case.skip is not None:
            return CaseResult(case, self._ledger[case.id], Verdict.SKIPPED, case.skip)
        because = self.refuted(ClaimName.PROTOCOL)
        if because and not interrupted:
            reason = f"not judged, since {because.case.id} is refuted: {because.message}"
            return CaseResult(case, self._ledger[case.id], Verdict.SKIPPED, reason)
        reason = "the run was interrupted first" if interrupted else "the time limit came first"
        return CaseResult(case, self._ledger[case.id], Verdict.UNDECIDED, reason)

    def _seconds_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - time.time()


def _failed(task: Trial, error: BaseException) -> tuple[CaseResult, ...]:
    message = f"the verifier failed here: {type(error).__name__}: {error}".splitlines()[0]
    return tuple(
        CaseResult(case, allowance, Verdict.ERROR, message)
        for case, allowance in zip(task.plan.cases, task.allowances, strict=True)
    )
