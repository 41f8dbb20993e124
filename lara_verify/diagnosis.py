"""Naming the cause: which known faults a refuted candidate's output is consistent with."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_verify.faults import FAULTS, Fault
from lara_verify.ledger import split
from lara_verify.plan import Case, TrialPlan
from lara_verify.sources import BuiltIn, Source
from lara_verify.trial import Trial, run_trial
from lara_verify.verdict import Verdict
from lara_verify.workers import run_all

COMPARED = {
    "ra": (ClaimName.MEAN_AT_N_SAMPLES, ("P1", "P0")),
    "rfa": (ClaimName.CONSISTENT, ("varied", "axes", "opposed")),
    "lara": (ClaimName.CONSISTENT, ("varied", "aligned")),
}
"""Through which claim, and on what, candidate and faults are compared: means, or errors at the candidate's samples.

The problem that tells most faults apart comes first: what is excluded there is not drawn on the others.
"""

SHARE = 0.015
"""A comparison of means runs as long as it takes to tell them this share of the range apart."""

LAWS = frozenset({ClaimName.UNBIASED, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES, ClaimName.BOUNDED})
"""Claims about the law of the output where nothing is masked: a fault that breaks none of them explains none."""

SURE_CLAIMS = frozenset({ClaimName.BOUNDED, ClaimName.NO_LEAK, ClaimName.SEED_HONOURED})
"""Claims that are refuted with certainty: a fault that keeps one of them is none that broke it."""

SURELY_BROKEN = frozenset({ClaimName.NO_LEAK, ClaimName.SEED_HONOURED})
"""Claims that a fault which breaks them breaks on the first replicates: one that was certified excludes it."""

TRIALS_A_PROBLEM = 2
"""Trials that the hypotheses are dealt to on one problem, whatever the number of workers; each draws the candidate."""


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
    certified: Iterable[ClaimName] = (),
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
    estimator is known. ``certified`` are claims that were judged and hold. A fault that repeats a single draw has no
    law that could be compared: it is named where the seed is not honoured and nothing else fits.
    """
    broken, held = frozenset(refuted), frozenset(certified)
    of_its_kind = [f for f in catalogue if f.of == source.estimator]
    if not of_its_kind:
        return None
    claim, problems = COMPARED[source.estimator.partition("[")[0]]
    every = [fault for fault in of_its_kind if _explains(fault, broken, held)]
    suspects = [fault for fault in every if not fault.any_draw]
    hypotheses = {(f, value): _source(f, source.n_samples, value) for f in suspects for value in _values(f)}
    cases = [Case(source, claim, problem, SHARE, rival=rival) for problem in problems for rival in hypotheses.values()]
    ledger = split([case.id for case in cases], alpha, alpha)
    excluded: set[str] = set()
    for problem in problems:
        left = [case for case in cases if case.problem == problem and _rival_name(case) not in excluded]
        dealt = [tuple(left[first::TRIALS_A_PROBLEM]) for first in range(min(TRIALS_A_PROBLEM, len(left)))]
        trials = [
            Trial(TrialPlan(stream, own), tuple(ledger[case.id] for case in own), seed, deadline, effort=1.0)
            for stream, own in enumerate(dealt)
        ]
        for _, came in run_all(run_trial, trials, n_workers, lambda: _seconds_left(deadline)):
            if isinstance(came, BaseException):
                raise came
            excluded |= {_rival_name(result.case) for result in came if result.verdict is Verdict.REFUTED}
    survivors = []
    for fault in suspects:
        values = [value for value in _values(fault) if hypotheses[fault, value].name not in excluded]
        if values:
            survivors.append(Diagnosis(fault, tuple(values) if fault.parameter else ()))
    if not survivors and ClaimName.SEED_HONOURED in broken:
        survivors = [Diagnosis(fault, ()) for fault in every if fault.any_draw]
    return tuple(survivors)


def _explains(fault: Fault, broken: frozenset[ClaimName], held: frozenset[ClaimName]) -> bool:
    """Whether a fault may have broken these claims and kept those, as far as that is certain."""
    if broken & LAWS and not LAWS & set(fault.breaks):
        return False
    if broken & SURE_CLAIMS & set(fault.keeps):
        return False
    return not held & SURELY_BROKEN & set(fault.breaks)


def _seconds_left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.time()


def _values(fault: Fault) -> tuple[float, ...]:
    return fault.parameter.grid if fault.parameter else (0.0,)


def _source(fault: Fault, n_samples: int, value: float) -> BuiltIn:
    label = fault.name if fault.parameter is None else f"{fault.name}={value:g}"
    return BuiltIn(f"fault:{label}", fault.algorithm(n_samples, value))


def _rival_name(case: Case) -> str:
    return case.rival.name if case.rival else ""
