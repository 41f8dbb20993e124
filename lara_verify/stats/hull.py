"""How far a vector can move against a bet, when it is known where its entries can lie."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Support(Protocol):
    """Where ``Y`` can lie: sure bounds ``low`` and ``high``, ``(D,)``, and the worst loss of bets."""

    low: Array
    high: Array

    def loss(self, bets: Array) -> Array:
        """Largest value of ``-u . Y`` for each bet ``u``; ``bets`` is ``(K, D)``."""
        ...


class BoxSupport:
    """``low <= Y <= high``, coordinate by coordinate, and nothing else."""

    def __init__(self, low: Array, high: Array) -> None:
        self.low, self.high = low.ravel(), high.ravel()

    def loss(self, bets: Array) -> Array:
        """Sum over coordinates of the worse end."""
        return np.asarray(np.maximum(-bets * self.low, -bets * self.high).sum(axis=-1))


class HullSupport:
    """Deviations ``Y = (Y_1, ..., Y_N)`` with every ``Y_n`` in ``conv{points_m} - centre_n``.

    Parameters
    ----------
    points
        ``(*B, M, e)``: the points whose convex hull holds every output of a batch item.
    centre
        ``(*B, N, e)``: the claimed means, inside the hull.

    Notes
    -----
    A linear function is smallest over a convex hull at one of the points, so for a bet ``u``

        ``loss(u) = -sum_n min_m u_n . (points_m - centre_n)``

    is the exact largest value of ``-u . Y``; it is never more than the box of the coordinates gives.
    """

    def __init__(self, points: Array, centre: Array) -> None:
        batch = np.broadcast_shapes(points.shape[:-2], centre.shape[:-2])
        self._points = np.broadcast_to(points, (*batch, *points.shape[-2:]))
        self._centre = np.broadcast_to(centre, (*batch, *centre.shape[-2:]))
        self.low = (self._points.min(axis=-2, keepdims=True) - self._centre).reshape(-1)
        self.high = (self._points.max(axis=-2, keepdims=True) - self._centre).reshape(-1)

    def loss(self, bets: Array) -> Array:
        """Largest value of ``-u . Y`` for each bet; ``bets`` is ``(K, D)`` with ``D`` the flattened ``(*B, N, e)``."""
        u = bets.reshape(len(bets), *self._centre.shape)
        at_points = u @ np.swapaxes(self._points, -1, -2)
        at_centre = np.sum(u * self._centre, axis=-1)
        return np.asarray((at_centre - at_points.min(axis=-1)).reshape(len(bets), -1).sum(axis=-1))
