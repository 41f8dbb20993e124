"""Draws in another order."""

from dataclasses import dataclass

from lara_estimators import ClaimName, Problem
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class PermutedDraws(StepwiseRFA):
    """RFA that sums over its draws in reverse. Equal to RFA on the same noise."""

    def draws(self, problem: Problem, normals: Array) -> tuple[Array, Array]:
        return normals[..., ::-1, :], normals[..., ::-1, :]


EQUIVALENT = Fault(
    name="rfa-permuted-draws",
    cause="features are permuted, for queries and keys alike",
    mend="nothing to mend: sums over draws do not depend on their order",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: PermutedDraws(n_samples),
)
