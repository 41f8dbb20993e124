"""Naming the cause: which known faults a refuted candidate's output is consistent with."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_verify.faults import FAULTS, Fault
from lara_verify.ledger import split
from lara_verify.plan import Case, group
from lara_verify.sources import BuiltIn, Source
from lara_verify.trial import CaseResult, Trial, run_trial
from lara_verify.verdict import Verdict
from lara_verify.workers import run_all

COMPARED = {
    "ra": (ClaimName.MEAN_AT_N_SAMPLES, ("P0", "P1")),
    "rfa": (ClaimName.CONSISTENT, ("varied", "axes", "opposed")),
    "lara": (ClaimName.CONSISTENT, ("varied", "aligned")),
}
"""Through which claim, and on what, candidate and faults are compared: means, or errors at the candidate's samples."""

SHARE = 0.015
"""A comparison of means runs as long as it takes to tell them this share of the range apart."""

SURE_CLAIMS = (ClaimName.BOUNDED,)
"""Claims that are refuted with certainty: a fault that keeps one of them is none that broke it."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A fault that the data do not exclude, with the values of its parameter, if any, that they do not exclude."""

    fault: Fault
    values: tuple[float, ...]

    @property
    def interval(self) -> tuple[float, float] | None:
        """The least and the largest value not excluded, of those tried."""
        return (min(self.values), max(self.values)) if self.values else None


def diagnose(
    source: Source,
    refuted: Iterable[ClaimName],
    *,
    alpha: float,
    seed: int,
    n_workers: int,
    deadline: float | None = None,
    catalogue: tuple[Fault, ...] = FAULTS,
) -> tuple[Diagnosis, ...] | None:
    """Compare the candidate with every fault of its estimator, at every value of its parameter, on a few problems.

    A hypothesis "the candidate has the law of this fault" is excluded by a two-sample e-process; ``alpha`` is split
    over hypotheses and problems, so that the true one, if it is in the catalogue, is among the survivors with
    probability at least ``1 - alpha``. What survives is consistent with the data; it need not be the only
    explanation. With no survivor the candidate is wrong in none of the known ways; None where no fault of its
    estimator is known.
    """
    broken = set(refuted)
    kind = source.estimator.partition("[")[0]
    of_its_kind = [f for f in catalogue if f.of == source.estimator]
    if not of_its_kind:
        return None
    claim, problems = COMPARED[kind]
    suspects = [f for f in of_its_kind if not any(c in broken and c in f.keeps for c in SURE_CLAIMS)]
    hypotheses = {(f, value): _source(f, source.n_samples, value) for f in suspects for value in _values(f)}
    cases = [Case(source, claim, problem, SHARE, rival=rival) for problem in problems for rival in hypotheses.values()]
    ledger = split([case.id for case in cases], alpha, alpha)
    trials = [
        Trial(plan, tuple(ledger[case.id] for case in plan.cases), seed, deadline, effort=1.0) for plan in group(cases)
    ]
    excluded: set[str] = set()
    for _, came in run_all(run_trial, trials, n_workers, lambda: None if deadline is None else deadline - time.time()):
        if isinstance(came, BaseException):
            raise came
        excluded |= {_rival_name(result) for result in came if result.verdict is Verdict.REFUTED}
    survivors = []
    for fault in suspects:
        left = [value for value in _values(fault) if hypotheses[fault, value].name not in excluded]
        if left:
            survivors.append(Diagnosis(fault, tuple(left) if fault.parameter else ()))
    return tuple(survivors)


def _values(fault: Fault) -> tuple[float, ...]:
    return fault.parameter.grid if fault.parameter else (0.0,)


def _source(fault: Fault, n_samples: int, value: float) -> BuiltIn:
    label = fault.name if fault.parameter is None else f"{fault.name}={value:g}"
    return BuiltIn(f"fault:{label}", fault.algorithm(n_samples, value))


def _rival_name(result: CaseResult) -> str:
    return result.case.rival.name if result.case.rival else ""
