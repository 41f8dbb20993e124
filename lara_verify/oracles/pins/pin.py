"""One oracle held against a second road: the two answers, how far apart they may be, and the verdict.

The difference is relative: the largest absolute difference over the largest entry of the second road. Between two
closed forms it may be 1e-12, where a rule or a limit stands between them 1e-8. Answers that are not finite, of other
shapes, or all 0 (which would hold against anything) are not ok.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Array

CLOSED = 1e-12
"""Limit where both roads are closed forms."""

RULE = 1e-8
"""Limit where one road is a quadrature, an enumeration of many terms, an extrapolation or a minimisation."""


class Pin(NamedTuple):
    """Two roads to one quantity.

    Attributes
    ----------
    oracle
        The function that is pinned, as ``module.function``.
    quantity
        What it gives, in symbols.
    first, second
        How the oracle gets there, and how the other road does: a few words each.
    problem
        On which inputs.
    limit
        Largest relative difference.
    answers
        Compute both: the oracle's answer, and the other road's.
    """

    oracle: str
    quantity: str
    first: str
    second: str
    problem: str
    limit: float
    answers: Callable[[], tuple[Array, Array]]

    @property
    def name(self) -> str:
        """Unique among pins."""
        return f"{self.oracle} {self.quantity} {self.problem}"


class Row(NamedTuple):
    """A pin that was tried."""

    pin: Pin
    difference: float
    ok: bool


def judged(pin: Pin) -> Row:
    """Go both roads and compare."""
    return judged_answers(pin, *pin.answers())


def judged_answers(pin: Pin, first: Array, second: Array) -> Row:
    """Compare answers already at hand."""
    difference = relative_difference(first, second)
    return Row(pin, difference, difference <= pin.limit)


def relative_difference(first: Array, second: Array) -> float:
    """Largest difference over the largest entry of `second`; infinite where nothing can be said."""
    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if first.shape != second.shape or first.size == 0 or not np.all(np.isfinite([first, second])):
        return np.inf
    largest = float(np.abs(second).max())
    return float(np.abs(first - second).max()) / largest if largest > 0 else np.inf
