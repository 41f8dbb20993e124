"""Densities about another mean."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.landmarks import Landmarks
from lara_estimators.reference.scaling import Array, half_squared_norm
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class DensityLandmark(StepwiseLARA):
    """LARA whose densities are those of ``N(x_bar_c, I)``, while draws come from ``N(x_bar_c + y_bar_c, I)``."""

    def log_densities(self, w: Array, marks: Landmarks) -> Array:
        mu = marks.x_bar
        return np.asarray(w @ mu.T - half_squared_norm(mu))


FAULT = Fault(
    name="lara-density-landmark",
    cause="densities are those about the query landmark alone, while draws lie about the sum of both landmarks",
    mend="evaluate the density at the mean that was drawn about",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: DensityLandmark(n_samples),
)
