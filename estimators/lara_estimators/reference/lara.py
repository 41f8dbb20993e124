"""Linear randomized attention: several proposals, shared by all queries, weighted for each."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import ProposalNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.landmarks import Landmarks, check_fits, landmarks
from lara_estimators.reference.layout import batch_first, check_n_samples, columns, replicates_first, replicates_of
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import Scaled, half_squared_norm, scaled
from lara_estimators.reference.weightings import AtDraws, Weighting, excess, weighting_of


@dataclass(frozen=True, slots=True)
class LARA:
    r"""Linear randomized attention: self-normalised multiple importance sampling from C shared proposals.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k``, f and ell of ``integrand``, and
    ``mu_c = x_bar_c + y_bar_c``, the sum of the means of the c-th segments of queries and of keys:

        value = sum_{c,s} omega f(w_cs),   w_cs = mu_c + z_cs,   sum omega = 1,
        omega proportional to alpha_c(w, x) exp(w . x - |x|^2 / 2 + ell(w)) / exp(w . mu_c - |mu_c|^2 / 2).

    The fraction is ``Z(x) p_x(w) / N(w; mu_c, I)``; alpha is the weighting, see ``weightings``.

    Law of the noise: ``z_cs ~ N(0, I)`` i.i.d., c = 1..C, s = 1..S, one set for all queries.

    Claim: consistent as S grows where ``sum_c alpha_c(w, x) = 1`` for all w (all but query-clamped), biased at finite
    S; in the hull of the values where alpha >= 0 (all but query). Cost (N + M) C S + C^2 S.

    Proof: ``sum_c E_{N(mu_c, I)} alpha_c g p_x / N(mu_c, I) = E_{p_x} [sum_c alpha_c g]``, which is ``E_{p_x} g`` if
    the alphas sum to one; with g = f and g = 1 this is A(x) and 1, and the ratio of averages converges to A(x).
    With alpha >= 0 the value is a convex combination of f(w_cs), each in the hull.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 4; multiple importance sampling, Veach & Guibas 1995.
    Keys are centred first: a common shift of keys moves every mu and w along and cancels.

    The landmarks read all queries: padded queries leak into them, and there is no causal form. Segments are those of
    ``numpy.array_split`` of the padded sequence: masking a key is not the same as deleting it.

    Shapes: noise ``normals`` ``(*R, *B, C, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``,
    of the estimate of Z(x); ``log_weights`` ``(*R, *B, N, C S)``, draws of one proposal side by side. These two are
    complex for the weighting query, as a logarithm of negative numbers is: weights are ``exp(log_weights).real``.

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
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.zeros((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> lara = LARA(n_samples=6, n_proposals=2)
    >>> noise = lara.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> lara(problem, noise).value.ravel().round(12).tolist()
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

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> ProposalNoise:
        """Draw the normals of all proposals, one set a replicate and batch item."""
        check_fits(self.n_proposals, problem)
        shape = (*replicates, *problem.batch_shape, *self._draw_shape(problem))
        return ProposalNoise(rng.standard_normal(shape))

    def __call__(self, problem: Problem, noise: ProposalNoise) -> Estimate:
        """Return the estimate for every query."""
        check_fits(self.n_proposals, problem)
        symbols = scaled(problem, centred=True)
        marks = landmarks(symbols.x, symbols.y, symbols.log_mask, self.n_proposals)
        return self._from_landmarks(problem, symbols, marks, noise)

    def _draw_shape(self, problem: Problem) -> tuple[int, int, int]:
        return (self.n_proposals, self.n_samples // self.n_proposals, problem.dim)

    def _from_landmarks(self, problem: Problem, symbols: Scaled, marks: Landmarks, noise: ProposalNoise) -> Estimate:
        x, y, v, log_mask, shift = symbols
        n_batch = len(problem.batch_shape)
        normals = np.asarray(noise.normals, dtype=np.float64)
        replicates = replicates_of("normals", normals, problem.batch_shape, self._draw_shape(problem))

        # proposals
        mu = marks.x_bar + marks.y_bar
        w = columns(batch_first(normals, replicates, n_batch) + mu[..., None, :, None, :], (), n_batch)
        f, log_mixture = integrand(w, y, v, log_mask)

        # log-weights, the draws of axis L as (R, C, S): (*B, C', R, C, S) densities, (*B, R, N, C, S) weights
        draws = (math.prod(replicates), self.n_proposals, self.n_samples // self.n_proposals)
        log_density = mu @ w - half_squared_norm(mu)[..., None]
        log_density = log_density.reshape(*log_density.shape[:-1], *draws)
        own = np.moveaxis(np.diagonal(log_density, axis1=-4, axis2=-2), -1, -2)
        kept_density = log_density + marks.log_kept[..., :, None, None, None]
        log_bh = own + marks.log_kept[..., None, :, None] - softmax(kept_density, axis=-4).log_sum
        log_target = x @ w - half_squared_norm(x)[..., None] + log_mixture[..., None, :]
        log_target = np.swapaxes(log_target.reshape(*log_target.shape[:-1], *draws), -4, -3)
        at_draws = AtDraws(
            log_bh=log_bh[..., :, None, :, :],
            excess=excess(x, marks.x_bar, marks.log_kept)[..., None, :, :, None],
            log_kept=marks.log_kept[..., None, None, :, None],
        )
        alpha, sign = self._formula.alpha(at_draws)
        log_omega = alpha + log_target - own[..., :, None, :, :]
        log_omega = log_omega.reshape(*log_omega.shape[:-2], self.n_samples)

        # weighted values
        omega, log_sum = softmax(log_omega)
        if sign is not None:
            omega = omega * sign.reshape(omega.shape)
            total = np.sum(omega, axis=-1, keepdims=True)
            log_omega = log_omega + np.pi * 1j * (omega < 0)
            log_sum = log_sum + np.log(total[..., 0].astype(np.complex128))
            omega = omega / total
        f = np.moveaxis(f.reshape(*f.shape[:-1], draws[0], self.n_samples), -3, -1)
        value = omega @ f
        log_normaliser = log_sum - math.log(draws[2]) + (x @ np.swapaxes(shift, -1, -2))[..., None, :, 0]
        return Estimate(
            value=replicates_first(value, replicates, n_batch),
            log_normaliser=replicates_first(log_normaliser, replicates, n_batch),
            log_weights=replicates_first(log_omega - log_sum[..., None], replicates, n_batch),
        )

    @property
    def _formula(self) -> Weighting:
        return weighting_of(self.weighting, self.beta, self.floor)
