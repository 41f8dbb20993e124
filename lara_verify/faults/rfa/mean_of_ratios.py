"""A mean of ratios where a ratio of means is due."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class MeanOfRatios(StepwiseRFA):
    """RFA that normalises the kernels in groups of ``n_grouped`` draws and averages the outputs of the groups."""

    n_grouped: float = 1.0

    def ratio(self, phi: Array, psi: Array, v: Array) -> Array:
        n_grouped = int(min(self.n_grouped, self.n_samples))
        starts = range(0, self.n_samples, n_grouped)
        groups = [(phi[..., i : i + n_grouped], psi[..., i : i + n_grouped]) for i in starts]
        return np.asarray(sum(super(MeanOfRatios, self).ratio(*group, v) for group in groups) / len(groups))


FAULT = Fault(
    name="rfa-mean-of-ratios",
    cause="kernels are normalised for each draw or block by itself, and outputs averaged: the bias does not fall",
    mend="sum kernels and normalisers over all draws, then divide",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=MeanOfRatios,
    parameter=Parameter("n_grouped", float("inf"), 1.0, (1.0, 8.0, 64.0)),
)
