"""Draws made to have the moments of their law."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class WhitenedDraws(StepwiseRFA):
    """RFA whose draws are multiplied so that their second moments are exactly I: ``sqrt(S)`` times a QR factor.

    The factor is ``W R^-1`` with ``R'R = W'W``, which tends to S I: consistent, though no row is N(0, I) at finite S.
    """

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        q, r = np.linalg.qr(rng.standard_normal(shape))
        return np.asarray(np.sqrt(shape[-2]) * q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :])


EQUIVALENT = Fault(
    name="rfa-whitened",
    cause="the draws are whitened, so that their second moments are those of their law",
    mend="nothing to mend: the correction vanishes as the number of draws grows",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: WhitenedDraws(n_samples),
)
