"""Query-specific weights clamped at a floor."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault, Parameter
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class QueryClamped(StepwiseLARA):
    """LARA with ``max(BH + beta (t - mean t), 1e-8)`` for alpha."""

    beta: float = 2.0

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        balance = np.exp(super().log_alpha(log_density, own, x, x_bar))
        logits = x_bar @ x.T
        t = np.exp(logits - logits.max(axis=1, keepdims=True))
        t /= t.sum(axis=1, keepdims=True)
        excess = (t - t.mean(axis=0)).T
        return np.asarray(np.log(np.maximum(balance + self.beta * excess[:, :, None], 1e-8)))


FAULT = Fault(
    name="lara-query-clamped",
    cause="the query-specific weights are clamped at a floor: they do not sum to one, and the limit is another",
    mend="use the balance heuristic, or leave the negative weights as they are",
    of="lara[balance]",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=QueryClamped,
    parameter=Parameter("beta", 0.0, 2.0, (0.5, 1.0, 2.0, 4.0, 8.0)),
)
