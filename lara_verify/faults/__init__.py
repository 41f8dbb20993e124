"""Broken estimators, one cause a file, and unusual ones that are right: what the judge is tried on."""

from lara_verify.faults import lara, ra, rfa
from lara_verify.faults.equivalents import EQUIVALENTS
from lara_verify.faults.fault import Fault, Parameter

FAULTS: tuple[Fault, ...] = (*ra.FAULTS, *rfa.FAULTS, *lara.FAULTS)
"""The catalogue; what must never be refuted is in ``EQUIVALENTS``."""

__all__ = ["EQUIVALENTS", "FAULTS", "Fault", "Parameter"]
