"""What a user hands to an estimator in place of a choice by name; arrays of NumPy or of the problem's library.

Everything here lives in the scaled space, ``x = sqrt(scale) q``, ``y = sqrt(scale) k``, where the features are drawn.
Each estimator checks the shapes against its problem.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, eq=False)
class GivenProposal:
    """The law ``N(mu, covariance)`` of features: ``mu`` is ``(*B, d)``, ``covariance`` ``(*B, d, d)``; None is 0, I.

    The weights have finite variance only if ``2I - covariance^-1`` is positive definite.
    """

    mu: Any = None
    covariance: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class GivenLandmarks:
    """Means of LARA's proposals, ``mu`` ``(*B, C, d)``, and ``x_bar`` ``(*B, C, d)``, which weights by query need."""

    mu: Any
    x_bar: Any = None


@dataclass(frozen=True, slots=True, eq=False)
class GivenProbabilities:
    """The law by which keys are drawn: ``probabilities`` ``(*B, M)``, positive on keys that take part.

    They are divided by their sum over those keys; masked keys are never drawn.
    """

    probabilities: Any


@dataclass(frozen=True, slots=True, eq=False)
class GivenSizes:
    """What inclusion probabilities are proportional to: ``sizes`` ``(*B, N, M)`` or ``(*B, 1, M)``, positive."""

    sizes: Any


@dataclass(frozen=True, slots=True, eq=False)
class GivenKeys:
    """The keys that are summed exactly: ``mask`` ``(*B, M)``, True for those."""

    mask: Any
