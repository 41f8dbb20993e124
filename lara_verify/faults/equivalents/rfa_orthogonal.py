"""Orthogonal blocks."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class OrthogonalDraws(StepwiseRFA):
    """RFA with Haar blocks and independent chi lengths: each row is N(0, I)."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return blocks(rng, shape, signed=True, row_norms=False)


EQUIVALENT = Fault(
    name="rfa-orthogonal",
    cause="draws are orthogonal in blocks, with signs of diag R and independent lengths",
    mend="nothing to mend: each row is N(0, I), and rows that depend on one another make the errors no larger",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: OrthogonalDraws(n_samples),
)
