"""Squared lengths."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import rows_of_blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class SquaredLengths(StepwiseRFA):
    """RFA with Haar blocks whose lengths are chi-squared variables over ``sqrt(d)``."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        return rows_of_blocks(rng, tuple(leading), n_draws, dim, lambda size: rng.chisquare(dim, size) / np.sqrt(dim))


FAULT = Fault(
    name="rfa-squared-lengths",
    cause="lengths of orthogonal rows are sums of squares of d normals: the root was forgotten",
    mend="take the root of the sum of squares",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SquaredLengths(n_samples),
)
