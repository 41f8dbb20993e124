"""Sampling keys from one law, in balls."""

from dataclasses import dataclass
from typing import Any, ClassVar

from lara_estimators.given import GivenProbabilities
from lara_verify.oracles.balls.dual import Scalar, value_of
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.mixture import affinities
from lara_verify.oracles.balls.sums import average, norm, total


@dataclass(frozen=True, slots=True, eq=False)
class KeySamplingFormula:
    """``sum_s (e^{x . y} / q)(m_s) v_{m_s} / sum_s (e^{x . y} / q)(m_s)``; what is common to all q cancels.

    q is proportional to 1, to ``|v_m| + mean_m' |v_m'|`` (1 if all values are 0), or to what was given.
    """

    proposal: str | GivenProbabilities = "uniform"

    noise_axes: ClassVar[tuple[int, ...]] = (1,)

    def rows(self, item: Item, component: Any) -> list[Row]:
        drawn = [int(m) for m in component]
        sizes = self._sizes(item)
        return [
            average(
                [e / sizes[m] for e, m in zip(affinities(item, n, drawn), drawn, strict=True)],
                [item.v[m] for m in drawn],
            )
            for n in range(len(item.x))
        ]

    def _sizes(self, item: Item) -> dict[int, Scalar]:
        if isinstance(self.proposal, GivenProbabilities):
            given = exact(item.of_given(self.proposal.probabilities, 1))
            return {m: given[m] for m in item.kept}
        if self.proposal == "uniform":
            return dict.fromkeys(item.kept, 1)
        if self.proposal != "value-norm":
            raise ValueError(f"proposal is {self.proposal!r}; expected uniform, value-norm or GivenProbabilities")
        norms = {m: norm(item.v[m]) for m in item.kept}
        if all(value_of(size).is_zero() for size in norms.values()):
            return dict.fromkeys(item.kept, 1)
        middle = total(norms.values()) / len(norms)
        return {m: size + middle for m, size in norms.items()}
