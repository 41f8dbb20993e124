"""Points that are not random."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.sampling.quasi_monte_carlo import sobol
from lara_estimators.reference.scaling import Array
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class Unscrambled(StepwiseRFA):
    """RFA with the Sobol' points themselves, moved by half their spacing off zero, through the normal quantile."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        from scipy.special import ndtri

        points, n_digits = sobol(*shape[-2:])
        return np.asarray(np.broadcast_to(ndtri((points + 0.5) * 2.0**-n_digits), shape))


FAULT = Fault(
    name="rfa-qmc-unscrambled",
    cause="the quasi-random points are not randomised: the output is the same for every seed",
    mend="scramble the sequence by the seed, or shift it at random",
    of="rfa",
    breaks=(ClaimName.SEED_HONOURED,),
    keeps=(ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK, ClaimName.BOUNDED),
    build=lambda n_samples, _: Unscrambled(n_samples),
)
