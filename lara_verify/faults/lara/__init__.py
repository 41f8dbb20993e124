"""Broken forms of LARA with balance weights."""

from lara_verify.faults.fault import Fault
from lara_verify.faults.lara import (
    density_missing,
    mixture_index,
    noise_covariance,
    noise_scale,
    query_clamped,
)
from lara_verify.faults.trivial import trivial_faults

FAULTS: tuple[Fault, ...] = (
    density_missing.FAULT,
    mixture_index.FAULT,
    query_clamped.FAULT,
    noise_scale.FAULT,
    noise_covariance.FAULT,
    *trivial_faults("lara[balance]"),
)
