"""Lengths of the wrong degrees of freedom."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.orthogonal import rows_of_blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class LengthDegrees(StepwiseRFA):
    """RFA with Haar blocks whose lengths are chi variables of ``d - n_missing`` degrees."""

    n_missing: float = 1.0

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        degrees = dim - self.n_missing
        return rows_of_blocks(rng, tuple(leading), n_draws, dim, lambda size: np.sqrt(rng.chisquare(degrees, size)))


FAULT = Fault(
    name="rfa-length-degrees",
    cause="lengths of orthogonal rows are chi variables of another number of degrees than d",
    mend="draw lengths as norms of d normals",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=LengthDegrees,
    parameter=Parameter("n_missing", 0.0, 1.0, (-1.0, 1.0, 2.0)),
)
