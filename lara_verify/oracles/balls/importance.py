"""Importance sampling with the known normaliser, in balls."""

from dataclasses import dataclass
from typing import ClassVar

from lara_verify.oracles.answer import Array
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.mixture import Kernels, affinities
from lara_verify.oracles.balls.sums import dot, half_square, total, weighted


@dataclass(frozen=True, slots=True)
class ImportanceFormula:
    """``(1/S) sum_s [p_x(w_s) / N(w_s; 0, I)] f(w_s)``, the ratio being ``e^{w . x - |x|^2 / 2} B(w) / Z(x)``."""

    noise_axes: ClassVar[tuple[int, ...]] = (2,)

    def rows(self, item: Item, normals: Array) -> list[Row]:
        draws = exact(normals)
        kernels = Kernels(item, draws)
        rows = []
        for n, x in enumerate(item.x):
            keys = item.seen(n)
            known = total(affinities(item, n, keys)) * len(draws)
            ratios = [(dot(w, x) - half_square(x)).exp() * kernels.mass(s, keys) / known for s, w in enumerate(draws)]
            rows.append(weighted(ratios, [kernels.f(s, keys) for s in range(len(draws))]))
        return rows
