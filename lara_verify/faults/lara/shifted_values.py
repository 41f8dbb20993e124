"""Each key with its neighbour's value."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Scaled
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class ShiftedValues(StepwiseLARA):
    """LARA whose values are those of the next keys."""

    def symbols(self, problem: Problem) -> Scaled:
        symbols = super().symbols(problem)
        return symbols._replace(v=np.roll(symbols.v, 1, axis=-2))


FAULT = Fault(
    name="lara-shifted-values",
    cause="keys and values are permuted against each other",
    mend="index keys and values alike",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT),
    build=lambda n_samples, _: ShiftedValues(n_samples),
)
