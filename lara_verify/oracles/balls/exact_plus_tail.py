"""Some keys exactly and a sample of the others, in balls."""

from dataclasses import dataclass
from typing import Any, ClassVar

from lara_estimators.given import GivenKeys
from lara_verify.oracles.balls.item import Item, Row
from lara_verify.oracles.balls.mixture import affinities
from lara_verify.oracles.balls.sums import average


@dataclass(frozen=True, slots=True, eq=False)
class ExactPlusTailFormula:
    """Exact keys count once and S distinct keys of a tail of T count T / S each, in numerator and normaliser."""

    n_exact: int = 1
    exact: str | GivenKeys = "first"

    noise_axes: ClassVar[tuple[int, ...]] = (1,)

    def rows(self, item: Item, component: Any) -> list[Row]:
        from flint import arb

        if isinstance(self.exact, GivenKeys):
            chosen = item.of_given(self.exact.mask, 1)
            head = [m for m in item.kept if chosen[m] > 0]
        else:
            head = list(item.kept[: self.n_exact])
        n_tail = len(item.kept) - len(head)
        drawn = [int(m) for m in component]
        counts = [arb(1)] * len(head) + [arb(1) * n_tail / len(drawn)] * len(drawn)
        keys = head + drawn
        return [
            average(
                [e * count for e, count in zip(affinities(item, n, keys), counts, strict=True)],
                [item.v[m] for m in keys],
            )
            for n in range(len(item.x))
        ]
