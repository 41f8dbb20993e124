"""Few different seeds."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, FeatureNoise, Problem
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.draws import few_draws
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class FewSeeds(StepwiseRFA):
    """RFA whose draws are one of ``n_seeds``, as if the seed were taken modulo that."""

    n_seeds: float = 16.0

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        return few_draws(super().draw, problem, rng, replicates, self.n_seeds)


FAULT = Fault(
    name="rfa-few-seeds",
    cause="few bits of the seed are used, so that there are few different draws",
    mend="hand the whole seed to the generator",
    of="rfa",
    breaks=(ClaimName.SEED_HONOURED, *LIMIT),
    keeps=tuple(claim for claim in LAW_ONLY if claim is not ClaimName.SEED_HONOURED),
    build=FewSeeds,
    parameter=Parameter("n_seeds", float("inf"), 16.0, (4.0, 16.0, 64.0)),
)
