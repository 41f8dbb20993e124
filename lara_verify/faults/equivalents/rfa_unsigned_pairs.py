"""QR without signs, in pairs of opposite rows."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class UnsignedPairs(StepwiseRFA):
    """RFA with pairs (w, -w), w the rows of QR factors without the signs of diag R, times independent chi lengths.

    A change of sign of the k-th coordinate turns the sign of the k-th row and column of the factor, so that the law of
    the i-th row is the same for all signs of its coordinates but the i-th, up to one sign of the row; in a pair both
    occur. Absolute values are those of a Haar row: each member is N(0, I).
    """

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        half = blocks(rng, (*leading, -(-n_draws // 2), dim), signed=False, row_norms=False)
        return np.stack([half, -half], axis=-2).reshape(*leading, -1, dim)[..., :n_draws, :]


EQUIVALENT = Fault(
    name="rfa-unsigned-pairs",
    cause="orthogonal blocks lack the signs of diag R, and every row comes with its opposite",
    mend="nothing to mend: with both signs of each row the law is that of Haar rows",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: UnsignedPairs(n_samples),
)
