"""Kernels by log-sum-exp."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class LogKernels(StepwiseRFA):
    """RFA as a softmax over keys of log kernels, each a log-sum-exp over the draws. Equal to RFA on the same noise."""

    def ratio(self, phi: Array, psi: Array, v: Array) -> Array:
        with np.errstate(divide="ignore"):
            log_kernels = np.log(phi)[..., None, :] + np.log(psi)[..., None, :, :]
        top = log_kernels.max(axis=-1)
        held = np.where(np.isfinite(top), top, 0.0)
        with np.errstate(divide="ignore"):
            logits = held + np.log(np.exp(log_kernels - held[..., None]).sum(axis=-1))
        p = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(p / p.sum(axis=-1, keepdims=True) @ v)


EQUIVALENT = Fault(
    name="rfa-log-kernels",
    cause="kernels are kept as logarithms, and the output is a softmax over them",
    mend="nothing to mend: it is the same formula in log space",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: LogKernels(n_samples),
)
