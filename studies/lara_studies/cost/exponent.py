"""The power of N with which a cost grows."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Exponent(NamedTuple):
    """The slope of a line through logarithms, and its 95 % interval: not a number where two points leave no rest."""

    slope: float
    low: float
    high: float
    n_points: int


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> Exponent:
    """Fit ``log cost = a + slope log N`` by least squares.

    The interval is Student's, with two degrees of freedom less than points. It is exact if the deviations from the line
    are independent normals of one variance and asymptotic else; a cost with a constant part bends the line, which no
    interval knows of.

    Raises
    ------
    ValueError
        If there are not two different sizes, as many costs, or if some cost is not positive.
    """
    if len(set(sizes)) < 2 or len(sizes) != len(costs):
        raise ValueError(f"got {len(sizes)} sizes and {len(costs)} costs; expected as many, of at least two sizes")
    if min(costs) <= 0:
        raise ValueError(f"a cost is {min(costs)}; expected positive numbers")
    from scipy.special import stdtrit

    x, y = np.log(sizes), np.log(costs)
    x, y = x - x.mean(), y - y.mean()
    slope = float(x @ y / (x @ x))
    freedom = len(sizes) - 2
    half = math.nan
    if freedom:
        half = float(stdtrit(freedom, 0.975) * np.linalg.norm(y - slope * x) / np.sqrt(freedom * (x @ x)))
    return Exponent(slope, slope - half, slope + half, len(sizes))
