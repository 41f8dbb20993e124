"""Judging one member of the catalogue, in one process: its opening trials, a survey, and the whole if need be."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_verify.kills.members import Member
from lara_verify.ledger import Allowance
from lara_verify.plan import TrialPlan, group
from lara_verify.suite import SURVEY_EFFORT
from lara_verify.trial import PATIENCE, CaseResult, Trial, run_trial
from lara_verify.verdict import Verdict

PER_CASE = 1e-6
"""Chance of a wrong refutation, and of a wrong certificate, that every case has for itself."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One member to be judged at one seed; ``profile`` is that of the tolerances, ``deadline`` is that of `Trial`."""

    member: Member
    profile: str
    seed: int
    deadline: float | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one claim over all of its problems.

    Parameters
    ----------
    n_replicates
        Where it was refuted, the number at which it was, the least over problems; else all that it withstood.
    settled
        Whether it was refuted, or certified on every problem.
    message
        Where it was refuted, the sentence of the case that took the fewest replicates.
    """

    claim: ClaimName
    refuted: bool
    n_replicates: int
    settled: bool
    message: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of one errand; ``complete`` says that no time limit cut it short."""

    cells: tuple[Cell, ...]
    seconds: float
    complete: bool = True


def judge(errand: Errand) -> Judged:
    """Judge a member as `check` judges a candidate, save that every case has `PER_CASE` of its own.

    A fault that was refuted by the survey is not looked at further; what is right has the survey's draws among those
    of the whole, and goes there at once.
    """
    began = time.perf_counter()
    trials = group(errand.member.cases(errand.profile))
    opening, others = [t for t in trials if t.opening], [t for t in trials if not t.opening]
    surveys = (SURVEY_EFFORT,) if errand.member.role == "fault" else ()
    found = _run(errand, opening, PATIENCE)
    if not _refuted(found, ClaimName.PROTOCOL):
        for effort in (*surveys, PATIENCE):
            found |= _run(errand, others, effort)
            if _refuted(found):
                break
    complete = errand.deadline is None or time.time() < errand.deadline
    return Judged(_cells(found.values()), time.perf_counter() - began, complete)


def _run(errand: Errand, trials: Sequence[TrialPlan], effort: float) -> dict[str, CaseResult]:
    found = {}
    for plan in trials:
        allowances = tuple(Allowance(case.id, PER_CASE, PER_CASE) for case in plan.cases)
        for result in run_trial(Trial(plan, allowances, errand.seed, errand.deadline, effort)):
            found[result.case.id] = result
    return found


def _refuted(found: dict[str, CaseResult], claim: ClaimName | None = None) -> bool:
    return any(r.verdict is Verdict.REFUTED and claim in (None, r.case.claim) for r in found.values())


def _cells(results: Iterable[CaseResult]) -> tuple[Cell, ...]:
    by_claim: dict[ClaimName, list[CaseResult]] = {}
    for result in results:
        by_claim.setdefault(result.case.claim, []).append(result)
    return tuple(_cell(claim, of_claim) for claim, of_claim in by_claim.items())


def _cell(claim: ClaimName, results: list[CaseResult]) -> Cell:
    refuted = [result for result in results if result.verdict is Verdict.REFUTED]
    if refuted:
        first = min(refuted, key=lambda result: result.n_replicates)
        return Cell(claim, True, first.n_replicates, True, first.message)
    settled = all(result.verdict is Verdict.CERTIFIED for result in results)
    return Cell(claim, False, sum(result.n_replicates for result in results), settled)
