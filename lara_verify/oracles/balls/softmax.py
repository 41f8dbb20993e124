"""Softmax attention and the mean of the values, in balls."""

from dataclasses import dataclass
from typing import ClassVar

from lara_verify.oracles.balls.item import Item, Row
from lara_verify.oracles.balls.mixture import affinities
from lara_verify.oracles.balls.sums import average, mean


@dataclass(frozen=True, slots=True)
class SoftmaxFormula:
    """``A(x) = sum_m e^{x . y_m} v_m / sum_m e^{x . y_m}`` over the keys that the query sees."""

    noise_axes: ClassVar[tuple[int, ...]] = ()

    def rows(self, item: Item) -> list[Row]:
        return [
            average(affinities(item, n, item.seen(n)), [item.v[m] for m in item.seen(n)]) for n in range(len(item.x))
        ]


@dataclass(frozen=True, slots=True)
class MeanValueFormula:
    """``(1/M) sum_m v_m`` over the keys that take part."""

    noise_axes: ClassVar[tuple[int, ...]] = ()

    def rows(self, item: Item) -> list[Row]:
        return [mean([item.v[m] for m in item.kept])] * len(item.x)
