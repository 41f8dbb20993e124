"""Orthogonal blocks whose QR factor lacks sign(diag R)."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class UnsignedQR(StepwiseRFA):
    """RFA with orthogonal blocks whose QR factor lacks ``sign(diag R)``."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        return blocks(rng, shape, signed=False, row_norms=False)


FAULT = Fault(
    name="rfa-unsigned-qr",
    cause="orthogonal blocks are QR factors without the signs of diag R: not Haar, not even of mean zero",
    mend="multiply the columns of Q by the signs of the diagonal of R",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UnsignedQR(n_samples),
)
