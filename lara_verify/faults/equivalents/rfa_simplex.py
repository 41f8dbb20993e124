"""Simplex blocks."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.sampling.haar import haar
from lara_estimators.reference.sampling.simplex import corners
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class SimplexDraws(StepwiseRFA):
    """RFA with the corners of simplices rotated by Haar matrices, times independent chi lengths: each row N(0, I)."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        unit = corners(dim) @ haar(rng, (*leading, -(-n_draws // dim)), dim)
        rows = np.sqrt(rng.chisquare(dim, (*unit.shape[:-1], 1))) * unit
        return rows.reshape(*leading, -1, dim)[..., :n_draws, :]


EQUIVALENT = Fault(
    name="rfa-simplex",
    cause="directions of a block are the corners of a rotated simplex",
    mend="nothing to mend: each row is N(0, I)",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: SimplexDraws(n_samples),
)
