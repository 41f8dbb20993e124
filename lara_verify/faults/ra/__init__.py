"""Broken forms of randomized attention."""

from lara_verify.faults.fault import Fault
from lara_verify.faults.ra import (
    missing_norm,
    neighbour_component,
    noise_covariance,
    noise_law,
    noise_scale,
    normaliser_epsilon,
    rfa_posing,
    uniform_component,
    unscaled_component,
    unscaled_logits,
)
from lara_verify.faults.trivial import trivial_faults

FAULTS: tuple[Fault, ...] = (
    missing_norm.FAULT,
    neighbour_component.FAULT,
    noise_covariance.FAULT,
    noise_law.FAULT,
    noise_scale.FAULT,
    normaliser_epsilon.FAULT,
    rfa_posing.FAULT,
    uniform_component.FAULT,
    unscaled_component.FAULT,
    unscaled_logits.FAULT,
    *trivial_faults("ra"),
)
