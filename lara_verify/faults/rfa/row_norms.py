"""Haar blocks whose lengths are norms of the rows of the orthogonalised matrix."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class RowNorms(StepwiseRFA):
    """RFA with Haar blocks whose lengths are norms of the rows of the orthogonalised matrix."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return blocks(rng, shape, signed=True, row_norms=True)


FAULT = Fault(
    name="rfa-row-norms",
    cause="lengths are the row norms of the matrix whose columns were orthogonalised, so they depend on directions",
    mend="take the lengths from another Gaussian matrix",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: RowNorms(n_samples),
)
