"""Orthogonal draws of one length."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ConstantLengths(StepwiseRFA):
    """RFA with Haar blocks whose rows all have length ``sqrt(d)``."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        rows = blocks(rng, shape, signed=True, row_norms=False)
        return np.asarray(np.sqrt(shape[-1]) * rows / np.linalg.norm(rows, axis=-1, keepdims=True))


FAULT = Fault(
    name="rfa-constant-lengths",
    cause="orthogonal rows all have length sqrt(d) instead of lengths distributed as chi_d",
    mend="multiply each unit row by an independent length, distributed as the norm of d normals",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ConstantLengths(n_samples),
)
