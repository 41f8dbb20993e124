"""Linear randomized attention: several proposals, shared by all queries, weighted for each."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import ProposalNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.attend import draws_to_keys, queries_to_draws
from lara_estimators.torch.landmarks import check_fits, landmarks
from lara_estimators.torch.tensors import check_n_samples, check_shape, inputs, on_device_of
from lara_estimators.torch.weightings import AtDraws, weighting_of


@dataclass(frozen=True, slots=True)
class LARA:
    r"""Linear randomized attention: self-normalised multiple importance sampling from C shared proposals.

    Definition: ``value = sum_{c,s} omega f(w_cs)``, ``w_cs = x_bar_c + y_bar_c + z_cs`` (means of segments), omega
    normalised and proportional to ``alpha_c(w, x) p_x(w) / N(w; mu_c, I)``. For balance this is softmax attention of
    the queries over the draws with bias ``ell(w) - log sum_c N(w; mu_c, I)``; ``weightings`` says what others add.

    Law of the noise: ``z_cs ~ N(0, I)`` i.i.d., c = 1..C, s = 1..S, one set for all queries.

    Claim: consistent as S grows where the alphas sum to one for all w (all but query-clamped), biased at finite S; in
    the hull of the values where alpha >= 0 (all but query). Cost (N + M) C S + C^2 S.

    Proof: ``sum_c E_{N(mu_c, I)} alpha_c g p_x / N(mu_c, I) = E_{p_x} [sum_c alpha_c g]``, which is ``E_{p_x} g`` if
    the alphas sum to one; with g = f and g = 1 this is A(x) and 1, and the ratio of averages converges to A(x). With
    alpha >= 0 the value is a convex combination of f(w_cs), each in the hull.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 4. Keys are centred first, an exact symmetry.

    The landmarks read all queries: padded queries leak into them, and there is no causal form. Masking a key is not the
    same as deleting it, which would move the borders of segments.

    Shapes: noise ``normals`` ``(*R, *B, C, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` ``(*R, *B, N, C S)``; these two are complex for the weighting query.

    Parameters
    ----------
    n_samples
        C S, the number of draws that a query averages.
    n_proposals
        C.
    weighting
        ``balance``, ``uniform``, ``query`` or ``query-clamped``.
    beta, floor
        Of query and query-clamped; beta None is 1 for the first and 2 for the second.

    Raises
    ------
    ValueError
        If a field is none of these, `n_samples` is not a multiple of `n_proposals`, there are fewer queries or keys
        than proposals, or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.ones(2, 3), torch.zeros(4, 3), torch.tensor([[1.0], [2.0], [3.0], [6.0]]))
    >>> lara = LARA(n_samples=6, n_proposals=2)
    >>> noise = lara.draw(problem, torch.Generator().manual_seed(1))
    >>> [round(value, 5) for value in lara(problem, noise).value.ravel().tolist()]
    [3.0, 3.0]
    """

    n_samples: int = 1
    n_proposals: int = 1
    weighting: str = "balance"
    beta: float | None = None
    floor: float = 1e-8

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        check_n_samples(self.n_proposals, "n_proposals")
        if self.n_samples % self.n_proposals:
            raise ValueError(
                f"n_samples is {self.n_samples}, the draws of all proposals together; "
                f"expected a multiple of n_proposals, {self.n_proposals}"
            )
        if self.beta is not None and not math.isfinite(self.beta):
            raise ValueError(f"beta is {self.beta}; expected a finite number")
        if not (math.isfinite(self.floor) and self.floor >= 0):
            raise ValueError(f"floor is {self.floor}; expected a finite number, at least 0")
        weighting_of(self.weighting, self.beta, self.floor)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return f"lara[{self.weighting}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        held = [
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "common shift of keys; affine maps of values"),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        ]
        if self.weighting != "query":
            held.append(Claim(ClaimName.BOUNDED))
        if self.weighting != "query-clamped":
            held.append(Claim(ClaimName.CONSISTENT))
        if self.weighting in ("balance", "uniform"):
            held.append(Claim(ClaimName.MSE_AT_N_SAMPLES, "n_samples much larger than chi2"))
        return tuple(held)

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> ProposalNoise:
        """Draw the normals of all proposals on the device of the problem, one set a replicate and batch item."""
        check_fits(self.n_proposals, problem)
        read = inputs(problem)
        shape = (*replicates, *problem.batch_shape, *self._draw_shape(problem))
        return ProposalNoise(torch.randn(shape, generator=generator, dtype=read.v.dtype, device=read.v.device))

    def __call__(self, problem: Problem, noise: ProposalNoise) -> Estimate:
        """Return the estimate for every query."""
        check_fits(self.n_proposals, problem)
        read = inputs(problem, centred=True)
        normals = on_device_of(problem, noise.normals, read)
        check_shape("normals", normals, problem.batch_shape, self._draw_shape(problem))
        q_bar, k_bar, kept = landmarks(read.q, read.k, problem.key_mask, self.n_proposals)

        # proposals; w holds the root of the scale, so that its products with rows of q and k are those with x and y
        mu = q_bar + k_bar
        w = torch.add(normals, mu.unsqueeze(-2), alpha=read.root_scale) * read.root_scale
        w = w.flatten(-3, -2)
        density = w @ mu.transpose(-1, -2) - (mu * mu).sum(-1).mul(0.5 * read.root_scale**2).unsqueeze(-2)
        if kept is not None:
            density = density.masked_fill(~kept.unsqueeze(-2), -torch.inf)
        log_sum_density = torch.logsumexp(density, dim=-1).unsqueeze(-2)

        # log-weights: those of balance, and what the weighting adds
        f, log_mixture = draws_to_keys(w, read)
        bias = log_mixture - log_sum_density
        sign = None
        logits = read.q @ w.transpose(-1, -2)
        extra = weighting_of(self.weighting, self.beta, self.floor).extra(
            self._at_draws(read.q, q_bar * read.root_scale**2, kept, density, log_sum_density)
        )
        if extra is not None:
            logits, sign = logits + extra.log_absolute, extra.sign
        if kept is not None:
            dropped = ~kept.repeat_interleave(self._n_each, dim=-1).unsqueeze(-2)
            bias, logits = bias.masked_fill(dropped, 0), logits.masked_fill(dropped, -torch.inf)
        logits = logits + bias

        # weighted values
        value, log_weights, log_sum = queries_to_draws(logits, f, sign)
        half_norm = (read.q * read.q).sum(-1).mul(0.5 * read.root_scale**2)
        shift = (read.q * read.root_scale**2) @ read.mean.transpose(-1, -2)
        log_normaliser = log_sum - half_norm + shift.squeeze(-1) - math.log(self._n_each)
        return Estimate(value.to(read.dtype), log_normaliser, log_weights)

    @property
    def _n_each(self) -> int:
        return self.n_samples // self.n_proposals

    def _draw_shape(self, problem: Problem) -> tuple[int, int, int]:
        return (self.n_proposals, self._n_each, problem.dim)

    def _at_draws(
        self, q: Tensor, x_bar: Tensor, kept: Tensor | None, density: Tensor, log_sum_density: Tensor
    ) -> AtDraws:
        by_proposal = density.unflatten(-2, (self.n_proposals, self._n_each))
        own = torch.diagonal(by_proposal, dim1=-3, dim2=-1).transpose(-1, -2).flatten(-2).unsqueeze(-2)
        t = torch.softmax(x_bar @ q.transpose(-1, -2), dim=-1).transpose(-1, -2)
        if kept is None:
            n_kept = t.new_full((1, 1), self.n_proposals)
            excess = t - t.mean(-1, keepdim=True)
        else:
            t = t.masked_fill(~kept.unsqueeze(-2), 0)
            n_kept = kept.sum(-1).to(t.dtype)[..., None, None]
            excess = t - t.sum(-1, keepdim=True) / n_kept
        log_bh = own - log_sum_density
        if kept is not None:  # a draw of a dropped proposal weighs nothing: any finite number keeps gradients finite
            log_bh = log_bh.masked_fill(~kept.repeat_interleave(self._n_each, dim=-1).unsqueeze(-2), 0)
        return AtDraws(log_bh, n_kept, excess.repeat_interleave(self._n_each, dim=-1))


def lara(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    n_proposals: int,
    weighting: str = "balance",
    beta: float | None = None,
    floor: float = 1e-8,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
) -> Tensor:
    """Linear randomized attention ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    problem = Problem(q, k, v, scale, key_mask)
    estimator = LARA(n_samples, n_proposals, weighting, beta, floor)
    value: Tensor = estimator(problem, estimator.draw(problem, generator)).value
    return value
