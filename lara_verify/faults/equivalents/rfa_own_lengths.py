"""Orthogonal blocks with the lengths of what was orthogonalised."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class OwnLengths(StepwiseRFA):
    """RFA whose blocks are the orthogonalised rows of a Gaussian matrix, with the norms of these very rows.

    With ``G' = Q R``, diag R > 0, the rows of Q' are those of G made orthogonal. For orthogonal U, G U has the same
    norms and Q' U: given the norms, Q' is Haar, so that lengths and directions are independent.
    """

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        gaussian = rng.standard_normal((*leading, -(-n_draws // dim), dim, dim))
        q, r = np.linalg.qr(np.swapaxes(gaussian, -1, -2))
        unit = np.swapaxes(q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :], -1, -2)
        rows = np.linalg.norm(gaussian, axis=-1, keepdims=True) * unit
        return np.asarray(rows.reshape(*leading, -1, dim)[..., :n_draws, :])


EQUIVALENT = Fault(
    name="rfa-own-lengths",
    cause="lengths of orthogonal rows are the norms of the very rows that were orthogonalised",
    mend="nothing to mend: given these norms the directions are Haar",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: OwnLengths(n_samples),
)
