"""Broken estimators, one cause a file, and unusual ones that are right: what the judge is tried on."""

from lara_verify.faults import (
    missing_norm,
    neighbour_component,
    noise_covariance,
    noise_law,
    noise_scale,
    normaliser_epsilon,
    rfa_posing,
    trivial,
    uniform_component,
    unscaled_component,
    unscaled_logits,
)
from lara_verify.faults.equivalents import shared_noise
from lara_verify.faults.fault import Fault, Parameter

FAULTS: tuple[Fault, ...] = (
    noise_scale.FAULT,
    noise_covariance.FAULT,
    noise_law.FAULT,
    unscaled_logits.FAULT,
    unscaled_component.FAULT,
    uniform_component.FAULT,
    neighbour_component.FAULT,
    missing_norm.FAULT,
    normaliser_epsilon.FAULT,
    rfa_posing.FAULT,
    *trivial.FAULTS,
)
"""The catalogue."""

EQUIVALENTS: tuple[Fault, ...] = (shared_noise.EQUIVALENT,)
"""What must never be refuted."""

__all__ = ["EQUIVALENTS", "FAULTS", "Fault", "Parameter"]
