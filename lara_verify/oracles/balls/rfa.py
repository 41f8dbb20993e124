"""Random feature attention with positive features, in balls."""

from dataclasses import dataclass
from typing import ClassVar

from lara_estimators.given import GivenProposal
from lara_verify.oracles.answer import Array
from lara_verify.oracles.balls.gaussian_proposals import feature_draws
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.mixture import Kernels
from lara_verify.oracles.balls.sums import average, dot, half_square


@dataclass(frozen=True, slots=True, eq=False)
class RFAFormula:
    """``sum_s omega_s f(w_s)``, omega proportional to ``e^{w . x} B(w) N(w; 0, I) / N(w; mu, Sigma)``.

    With ``w = mu + L z`` the two densities are ``e^{-|w|^2 / 2}`` and ``e^{-|z|^2 / 2} / det L``; the determinant is
    one for all draws and cancels. The coupling of the draws is in the noise.
    """

    proposal: str | GivenProposal = "standard"

    noise_axes: ClassVar[tuple[int, ...]] = (2,)

    def rows(self, item: Item, normals: Array) -> list[Row]:
        draws = feature_draws(item, self.proposal, normals)
        density = [(half_square(z) - half_square(w)).exp() for z, w in zip(exact(normals), draws, strict=True)]
        kernels = Kernels(item, draws)
        rows = []
        for n, x in enumerate(item.x):
            keys = item.seen(n)
            weights = [dot(w, x).exp() * kernels.mass(s, keys) * density[s] for s, w in enumerate(draws)]
            rows.append(average(weights, [kernels.f(s, keys) for s in range(len(draws))]))
        return rows
