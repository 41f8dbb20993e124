"""Sampling from the query's own mixture, in balls: randomized attention, by chunks of keys, and by index only."""

from dataclasses import dataclass
from typing import Any, ClassVar

from lara_verify.oracles.answer import Array
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.mixture import Kernels, affinities
from lara_verify.oracles.balls.segments import segments
from lara_verify.oracles.balls.sums import add, average, mean, total


@dataclass(frozen=True, slots=True)
class RAFormula:
    """``(1/S) sum_s f(w_s)``, ``w_s = x + y_{m_s} + z_s``."""

    noise_axes: ClassVar[tuple[int, ...]] = (2, 3)

    def rows(self, item: Item, component: Any, normals: Array) -> list[Row]:
        return [_mean_f(item, n, component[n], normals[n], item.seen(n)) for n in range(len(item.x))]


@dataclass(frozen=True, slots=True)
class StratifiedRAFormula:
    """``sum_c (Z_c / Z) (1/S) sum_s f_c(w_cs)``, f_c and Z_c over the c-th chunk of keys."""

    n_chunks: int = 1

    noise_axes: ClassVar[tuple[int, ...]] = (3, 4)

    def rows(self, item: Item, component: Any, normals: Array) -> list[Row]:
        chunks = [[m for m in chunk if m in item.kept] for chunk in segments(len(item.y), self.n_chunks)]
        return [
            average(
                [total(affinities(item, n, chunk)) for chunk in chunks if chunk],
                [_mean_f(item, n, component[n, c], normals[n, c], chunk) for c, chunk in enumerate(chunks) if chunk],
            )
            for n in range(len(item.x))
        ]


@dataclass(frozen=True, slots=True)
class IndexFormula:
    """``(1/S) sum_s v_{m_s}``."""

    noise_axes: ClassVar[tuple[int, ...]] = (2,)

    def rows(self, item: Item, component: Any) -> list[Row]:
        return [mean([item.v[m] for m in drawn]) for drawn in component]


def _mean_f(item: Item, query: int, component: Any, normals: Array, keys: Any) -> Row:
    draws = [add(add(item.x[query], item.y[m]), z) for m, z in zip(component, exact(normals), strict=True)]
    kernels = Kernels(item, draws)
    return mean([kernels.f(s, keys) for s in range(len(draws))])
