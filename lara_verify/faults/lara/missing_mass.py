"""The keys' mass left out of the weights."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class MissingMass(StepwiseLARA):
    """LARA whose importance weights lack ``exp(ell(w))``."""

    def log_targets(self, w: Array, x: Array, ell: Array) -> Array:
        return super().log_targets(w, x, np.zeros_like(ell))


FAULT = Fault(
    name="lara-missing-mass",
    cause="the importance weights have exp(w . x) and lack the sum of the keys' features, exp(ell(w))",
    mend="add ell(w), the log-sum-exp of w . y_m - |y_m|^2 / 2, to each log weight",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: MissingMass(n_samples),
)
