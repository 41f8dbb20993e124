"""Linear randomized attention, in balls."""

from dataclasses import dataclass
from typing import Any, ClassVar

from lara_estimators.given import GivenLandmarks
from lara_verify.oracles.answer import Array
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.landmarks import proposals
from lara_verify.oracles.balls.mixture import Kernels
from lara_verify.oracles.balls.sums import add, average, dot, half_square, total
from lara_verify.oracles.balls.weightings import weighting_of


@dataclass(frozen=True, slots=True, eq=False)
class LARAFormula:
    """``sum_{c,s} omega f(w_cs)``, omega proportional to ``alpha_c(w, x) e^{w . x} B(w) / e^{w . mu_c - |mu_c|^2/2}``.

    ``w_cs = mu_c + z_cs``; keys are not centred; proposals that are dropped take part in nothing.
    """

    n_proposals: int = 1
    weighting: str = "balance"
    beta: float | None = None
    floor: float = 1e-8
    proposals: str | GivenLandmarks = "plain"
    weights: tuple[float, ...] | None = None

    noise_axes: ClassVar[tuple[int, ...]] = (3,)

    def rows(self, item: Item, normals: Array) -> list[Row]:
        weighting = weighting_of(self.weighting, self.beta, self.floor, self.weights)
        kept = proposals(item, self.n_proposals, self.proposals)
        draws = [[add(p.mu, z) for z in exact(normals[p.number])] for p in kept]
        density = [
            [[(dot(w, other.mu) - half_square(other.mu)).exp() for other in kept] for w in of_one] for of_one in draws
        ]
        kernels = [Kernels(item, of_one) for of_one in draws]
        sets = range(normals.shape[1])
        bh = [[density[c][s][c] / total(density[c][s]) for c in range(len(kept))] for s in sets]
        f = [kernels[c].f(s, item.kept) for s in sets for c in range(len(kept))]
        rows = []
        for n, x in enumerate(item.x):
            omega: list[Any] = []
            for s in sets:
                alpha = weighting.alpha(item, kept, n, bh[s])
                omega += [
                    alpha[c] * dot(draws[c][s], x).exp() * kernels[c].mass(s, item.kept) / density[c][s][c]
                    for c in range(len(kept))
                ]
            rows.append(average(omega, f))
        return rows
