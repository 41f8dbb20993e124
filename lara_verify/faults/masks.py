"""Masked keys as they were given, for faults that let them in."""

from dataclasses import replace

from lara_estimators import Problem
from lara_estimators.reference.scaling import Scaled, scaled


def unzeroed(problem: Problem) -> Scaled:
    """``x, y, v`` with the rows of masked keys as they were given, and the logarithm of the mask."""
    return scaled(replace(problem, key_mask=None))._replace(log_mask=scaled(problem).log_mask)
