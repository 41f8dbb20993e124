"""Probabilities normalised over the queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ComponentAxis(StepwiseRA):
    """RA whose component's probabilities are a softmax over the queries, divided by their sum over the keys."""

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        logits = x @ np.swapaxes(y, -1, -2)
        share = np.exp(logits - logits.max(axis=-2, keepdims=True))
        share = share / share.sum(axis=-2, keepdims=True) * np.exp(log_mask)[..., None, :]
        return np.asarray(share / share.sum(axis=-1, keepdims=True))


FAULT = Fault(
    name="component-axis",
    cause="the softmax of the component's probabilities is taken over the queries instead of the keys",
    mend="take the softmax over the axis of the keys",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ComponentAxis(n_samples),
)
