"""A shifted lattice."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class LatticeDraws(StepwiseRFA):
    """RFA with Korobov's lattice ``s (1, a, a^2, ..) / S``, shifted by a uniform vector, through the normal quantile.

    Each point plus the shift, modulo 1, is uniform on the cube: each row is N(0, I).
    """

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        from scipy.special import ndtri

        *leading, n_draws, dim = shape
        generator = np.array([pow(GENERATOR, j, n_draws) for j in range(dim)])
        points = np.arange(n_draws)[:, None] * generator % n_draws / n_draws
        shifted = (points + rng.random((*leading, 1, dim))) % 1.0
        return np.asarray(ndtri(np.clip(shifted, 2.0**-53, 1 - 2.0**-53)))


GENERATOR = 275
"""Odd, so that every coordinate of a lattice of a power of two of points is a permutation."""


EQUIVALENT = Fault(
    name="rfa-lattice",
    cause="the draws are a lattice, shifted at random, through the normal quantile",
    mend="nothing to mend: a uniform shift makes every point uniform",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: LatticeDraws(n_samples),
)
