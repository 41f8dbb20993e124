"""``B(w) = sum_m exp(w . y_m - |y_m|^2 / 2)`` and the values that it averages, over any set of keys.

No logarithm and no stabiliser: the exponent of a ball is as large as it must be.
"""

from collections.abc import Iterable, Sequence

from lara_verify.oracles.balls.dual import Scalar
from lara_verify.oracles.balls.item import Item, Row
from lara_verify.oracles.balls.sums import average, dot, half_square, total


class Kernels:
    """The kernels ``exp(w . y_m - |y_m|^2 / 2)`` of some draws, each evaluated once."""

    def __init__(self, item: Item, draws: Sequence[Row]) -> None:
        self._item = item
        self._rows = [{m: (dot(w, item.y[m]) - half_square(item.y[m])).exp() for m in item.kept} for w in draws]

    def mass(self, draw: int, keys: Iterable[int]) -> Scalar:
        """``B(w)`` over these keys."""
        return total(self._rows[draw][m] for m in keys)

    def f(self, draw: int, keys: Sequence[int]) -> Row:
        """``f(w)`` over these keys."""
        row = self._rows[draw]
        return average((row[m] for m in keys), [self._item.v[m] for m in keys])


def affinities(item: Item, query: int, keys: Iterable[int]) -> list[Scalar]:
    """``exp(x . y_m)`` for these keys; their sum is Z."""
    return [dot(item.x[query], item.y[m]).exp() for m in keys]
