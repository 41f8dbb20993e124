"""Centred values."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Scaled
from lara_verify.faults.claims import MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class MissingMean(StepwiseRA):
    """RA of the values less their mean, which is not added to the output."""

    def symbols(self, problem: Problem) -> Scaled:
        symbols = super().symbols(problem)
        takes_part = np.exp(symbols.log_mask)[..., None]
        mean = symbols.v.sum(axis=-2, keepdims=True) / takes_part.sum(axis=-2, keepdims=True)
        return symbols._replace(v=(symbols.v - mean) * takes_part)


FAULT = Fault(
    name="missing-mean",
    cause="the mean of the values is subtracted and never added again",
    mend="add the mean of the values to the output",
    of="ra",
    breaks=(ClaimName.BOUNDED, *MEAN),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: MissingMean(n_samples),
)
