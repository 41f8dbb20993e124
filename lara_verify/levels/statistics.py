"""The statistics whose error rates are measured, each as it is built and read in a trial."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from lara_verify.levels.laws import Bounds
from lara_verify.stats.certificate import SmallMeanCertificate
from lara_verify.stats.coordinates import CoordinateMixture
from lara_verify.stats.direction import LearnedDirection
from lara_verify.stats.mean import BoundedMean

Array = NDArray[np.float64]

Kind = Literal["refute", "certify"]
"""What the evidence is for: that the mean is not within slack, or that it is within the tolerance."""


class Process(Protocol):
    """A statistic under way."""

    def update(self, block: Array) -> None:
        """Add a block ``(R, D)``."""
        ...


P = TypeVar("P", bound=Process)


@dataclass(frozen=True, slots=True)
class Statistic(Generic[P]):
    """A statistic: how it starts from the bounds of a law, and where its evidence is read.

    Parameters
    ----------
    name
        As in levels.json.
    kind
        What its evidence is for.
    start
        Makes the process.
    log_e
        Reads the logarithm of its e-value, at any time.
    """

    name: str
    kind: Kind
    start: Callable[[Bounds], P]
    log_e: Callable[[P], float]


def _coordinates(bounds: Bounds) -> CoordinateMixture:
    return CoordinateMixture(bounds.support.low, bounds.support.high, bounds.slack)


def _directions(bounds: Bounds) -> LearnedDirection:
    return LearnedDirection(bounds.support, bounds.slack)


def _mean(bounds: Bounds) -> BoundedMean:
    return BoundedMean(*bounds)


def _against(process: BoundedMean) -> float:
    return process.log_e_refute


def _certificate(bounds: Bounds) -> SmallMeanCertificate:
    return SmallMeanCertificate(bounds.tolerance, bounds.support.low, bounds.support.high, bounds.variance)


COORDINATES = Statistic("coordinates", "refute", _coordinates, CoordinateMixture.log_wealth)
DIRECTIONS = Statistic("directions", "refute", _directions, LearnedDirection.log_wealth)
MEAN = Statistic("mean", "refute", _mean, _against)
CERTIFICATE = Statistic("certificate", "certify", _certificate, SmallMeanCertificate.log_wealth)
