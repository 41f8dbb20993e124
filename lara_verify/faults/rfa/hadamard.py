"""Hadamard blocks in place of Haar ones."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class Hadamard(StepwiseRFA):
    """RFA with rows of ``H D``, H a normalised Hadamard matrix and D random signs, times chi_d lengths."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        n_blocks, size = -(-n_draws // dim), 1 << (dim - 1).bit_length()
        hadamard = np.ones((1, 1))
        while len(hadamard) < size:
            hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]]) / np.sqrt(2)
        unit = hadamard * rng.choice([-1.0, 1.0], (*leading, n_blocks, 1, size))
        rows = np.sqrt(rng.chisquare(size, (*leading, n_blocks, dim, 1))) * unit[..., :dim, :dim]
        return np.asarray(rows.reshape(*leading, n_blocks * dim, dim)[..., :n_draws, :])


FAULT = Fault(
    name="rfa-hadamard",
    cause="orthogonal blocks are Hadamard matrices with random signs, whose rows are not uniform on the sphere",
    mend="use a QR factor with signs; structured blocks come close at large d only",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: Hadamard(n_samples),
)
