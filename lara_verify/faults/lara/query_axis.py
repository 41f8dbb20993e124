"""Weights normalised over the queries."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.lara.stepwise import StepwiseLARA


@dataclass(frozen=True)
class QueryAxis(StepwiseLARA):
    """LARA whose weights are a softmax over the queries, averaged over the draws."""

    def ratio(self, log_weights: Array, f: Array) -> Array:
        omega = np.exp(log_weights - log_weights.max(axis=-2, keepdims=True))
        omega /= omega.sum(axis=-2, keepdims=True)
        return np.asarray(omega @ f * (omega.shape[-2] / self.n_samples))


FAULT = Fault(
    name="lara-query-axis",
    cause="the softmax of the weights is taken over the queries instead of the draws, so that they do not sum to one",
    mend="normalise over the draws of all proposals, for each query",
    of="lara[balance]",
    breaks=(ClaimName.BOUNDED, *LIMIT),
    keeps=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED, ClaimName.INPUTS_INTACT, ClaimName.NO_LEAK),
    build=lambda n_samples, _: QueryAxis(n_samples),
)
