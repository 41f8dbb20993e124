"""Sampling keys by inclusion, in balls."""

from dataclasses import dataclass
from typing import Any, ClassVar

from lara_estimators.given import GivenSizes
from lara_verify.oracles.balls.dual import Scalar, angle_between, smaller
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.mixture import affinities
from lara_verify.oracles.balls.sums import average, mean, total


@dataclass(frozen=True, slots=True, eq=False)
class PoissonSamplingFormula:
    """``sum_m (e^{x . y_m} / rho_m) v_m / sum_m e^{x . y_m} / rho_m`` over included keys; their mean if there is none.

    ``rho_m = min(1, S g_m / sum g)``, g being 1, ``(1 - angle(q, k_m) / pi)^n_bits``, or given.
    """

    n_samples: int = 1
    size: str | GivenSizes = "uniform"
    n_bits: int = 4

    noise_axes: ClassVar[tuple[int, ...]] = (2,)

    def rows(self, item: Item, included: Any) -> list[Row]:
        return [self._row(item, n, [m for m in item.kept if included[n, m]]) for n in range(len(item.x))]

    def _row(self, item: Item, query: int, chosen: list[int]) -> Row:
        from flint import arb

        if not chosen:
            return mean([item.v[m] for m in item.kept])
        sizes = self._sizes(item, query)
        whole = total(sizes.values())
        rho = {m: smaller(arb(1), self.n_samples * sizes[m] / whole) for m in chosen}
        weights = [e / rho[m] for e, m in zip(affinities(item, query, chosen), chosen, strict=True)]
        return average(weights, [item.v[m] for m in chosen])

    def _sizes(self, item: Item, query: int) -> dict[int, Scalar]:
        from flint import arb

        if isinstance(self.size, GivenSizes):
            given = exact(item.of_given(self.size.sizes, 2))
            row = given[query if len(given) > 1 else 0]
            return {m: row[m] for m in item.kept}
        if self.size == "uniform":
            return dict.fromkeys(item.kept, arb(1))
        if self.size != "collision":
            raise ValueError(f"size is {self.size!r}; expected uniform, collision or GivenSizes")
        return {m: self._collision(item.q[query], item.k[m]) for m in item.kept}

    def _collision(self, query: Row, key: Row) -> Scalar:
        from flint import arb

        bit = 1 - angle_between(query, key) / arb.pi()
        power = arb(1)
        for _ in range(self.n_bits):
            power = power * bit
        return power
