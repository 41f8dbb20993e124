"""The density of another proposal, with uniform weights."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.uniform import StepwiseUniformLARA


@dataclass(frozen=True)
class UniformNeighbourDensity(StepwiseUniformLARA):
    """LARA with uniform weights that divides each draw's weight by the density of the next proposal."""

    def divisor(self, log_density: Array, own: Array) -> Array:
        rolled = np.roll(log_density, -1, axis=-1)
        return np.asarray(np.swapaxes(np.diagonal(rolled, axis1=-3, axis2=-1), -1, -2))


FAULT = Fault(
    name="lara-uniform-neighbour-density",
    cause="each draw's weight is divided by the density of a proposal that it was not drawn from",
    mend="divide by N(w; mu_c, I) of the draw's own proposal",
    of="lara[uniform]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: UniformNeighbourDensity(n_samples),
)
