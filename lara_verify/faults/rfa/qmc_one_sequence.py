"""One sequence for all coordinates."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class OneSequence(StepwiseRFA):
    """RFA with one van der Corput sequence in every coordinate, shifted at random, through the normal quantile."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        from scipy.special import ndtri

        *leading, n_draws, dim = shape
        digits = np.arange(n_draws)[:, None] >> np.arange(n_draws.bit_length()) & 1
        points = digits @ 0.5 ** np.arange(1, digits.shape[-1] + 1)
        shifted = (points[:, None] + rng.random((*leading, 1, dim))) % 1.0
        return np.asarray(ndtri(np.clip(shifted, 2.0**-53, 1 - 2.0**-53)))


FAULT = Fault(
    name="rfa-qmc-one-sequence",
    cause="every coordinate of the quasi-random points is the same one-dimensional sequence",
    mend="use a sequence of d dimensions, each coordinate its own",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: OneSequence(n_samples),
)
