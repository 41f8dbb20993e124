"""One orthogonal block for all draws."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, SPREAD
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class RepeatedOrthogonal(StepwiseRFA):
    """RFA with one Haar block, lengths included, repeated until there are S draws."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        block = blocks(rng, (*shape[:-2], shape[-1], shape[-1]), signed=True, row_norms=False)
        return block[..., np.arange(shape[-2]) % shape[-1], :]


FAULT = Fault(
    name="rfa-repeated-orthogonal",
    cause="one orthogonal block of d draws is repeated until there are as many as asked for",
    mend="draw every block anew",
    of="rfa",
    breaks=SPREAD,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: RepeatedOrthogonal(n_samples),
)
