"""Expectations over ``N(c, 1)`` of functions with kinks at known places: the line is split there.

Between kinks the integrand is analytic, and Gauss-Legendre on pieces of length at most one converges geometrically;
its nodes are doubled until the answer stays. The tails beyond 9 standard deviations of every centre are left out:
less than ``3e-19`` of the integrand's bound.

Error: the last change, the tails (by the largest value at the edges of pieces) and the rounding of the sum.
"""

from collections.abc import Callable, Sequence

import numpy as np

from lara_verify.oracles.answer import Answer, Array, OutsideDomainError

_REACH = 9.0
_TAILS = 3e-19
_PIECE = 1.0
_FIRST_NODES, _LAST_NODES = 8, 256
_ROUNDING = 64 * float(np.finfo(np.float64).eps)
_FAR = 1e3  # crossings beyond this are beyond any centre's reach


def line_expectation(integrand: Callable[[Array], Array], centres: Array, breaks: Sequence[float]) -> Answer:
    """``E g(c + z)`` for each of the centres ``(M,)``, ``z ~ N(0, 1)``.

    Parameters
    ----------
    integrand
        ``g``: points ``(P,)`` to values ``(P,)``, analytic between the breaks.
    centres
        Means ``(M,)``.
    breaks
        Where g has kinks; others do no harm.

    Raises
    ------
    OutsideDomainError
        If the answer still moves at 256 nodes a piece: a kink is missing.
    """
    low, high = float(centres.min()) - _REACH, float(centres.max()) + _REACH
    regular = np.linspace(low, high, int(np.ceil((high - low) / _PIECE)) + 1)
    edges = np.unique([*regular, *(cut for cut in breaks if low < cut < high)])
    n_nodes = _FIRST_NODES
    now, size = _apply(integrand, centres, edges, n_nodes)
    change = np.full_like(now, np.inf)
    while np.any(change > _ROUNDING * size):
        n_nodes *= 2
        if n_nodes > _LAST_NODES:
            raise OutsideDomainError(f"the split integral still moves by {change.max():.1e} at {_LAST_NODES} nodes")
        before, (now, size) = now, _apply(integrand, centres, edges, n_nodes)
        change = np.abs(now - before)
    largest = float(np.abs(integrand(edges)).max())
    return Answer(now, change + _ROUNDING * size + _TAILS * largest)


def concave_crossings(function: Callable[[float], float]) -> list[float]:
    """Zeros of a concave function on ``[-1000, 1000]``: none, one or two, by bisection on each side of its top."""
    low, high = -_FAR, _FAR
    for _ in range(200):  # the top, by ternary search
        third = (high - low) / 3
        if function(low + third) < function(high - third):
            low += third
        else:
            high -= third
    top = (low + high) / 2
    if function(top) <= 0:
        return []
    return [_bisected(function, top, end) for end in (-_FAR, _FAR) if function(end) < 0]


def _bisected(function: Callable[[float], float], above: float, below: float) -> float:
    for _ in range(80):
        middle = (above + below) / 2
        above, below = (middle, below) if function(middle) > 0 else (above, middle)
    return (above + below) / 2


def _apply(integrand: Callable[[Array], Array], centres: Array, edges: Array, n_nodes: int) -> tuple[Array, Array]:
    """The integral for each centre, and that of the absolute value."""
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    half, middle = np.diff(edges)[:, None] / 2, (edges[:-1] + edges[1:])[:, None] / 2
    points, shares = (middle + half * nodes).ravel(), (half * weights).ravel()
    density = np.exp(-0.5 * (points - centres[:, None]) ** 2) / np.sqrt(2 * np.pi)
    values = integrand(points)
    return density @ (shares * values), density @ (shares * np.abs(values))
