"""Pairs for the queries and not for the keys."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class PairFeatures(StepwiseRFA):
    """RFA whose queries use pairs (w, -w), and whose keys use w twice."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        twice = normals[..., np.arange(self.n_samples) // 2, :]
        return twice * np.where(np.arange(self.n_samples) % 2, -1.0, 1.0)[:, None], twice


FAULT = Fault(
    name="rfa-pair-features",
    cause="queries use both members of the pairs (w, -w), and keys the first of them twice",
    mend="concatenate exp(w . u) and exp(-w . u) for queries and keys alike",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: PairFeatures(n_samples),
)
