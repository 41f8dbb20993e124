"""Random feature attention with trigonometric features, in balls."""

from dataclasses import dataclass
from typing import ClassVar

from lara_verify.oracles.answer import Array
from lara_verify.oracles.balls.dual import Scalar
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.sums import average, dot, half_square, total


@dataclass(frozen=True, slots=True)
class TrigonometricRFAFormula:
    """``sum_m kappa_m v_m / sum_m kappa_m``, ``kappa_m = e^{|x|^2/2 + |y_m|^2/2} mean_s cos(w_s . (x - y_m))``."""

    noise_axes: ClassVar[tuple[int, ...]] = (2,)

    def rows(self, item: Item, normals: Array) -> list[Row]:
        draws = exact(normals)
        rows = []
        for n, x in enumerate(item.x):
            keys = item.seen(n)
            rows.append(average((_kernel(x, item.y[m], draws) for m in keys), [item.v[m] for m in keys]))
        return rows


def _kernel(x: Row, y: Row, draws: list[Row]) -> Scalar:
    apart = [a - b for a, b in zip(x, y, strict=True)]
    mean = total(dot(w, apart).cos() for w in draws) / len(draws)
    return (half_square(x) + half_square(y)).exp() * mean
