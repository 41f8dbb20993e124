"""Linear randomized attention: several proposals, shared by all queries, weighted for each."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenLandmarks
from lara_estimators.noise import ProposalNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import refuse_causal
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.landmarks import check_fits
from lara_estimators.reference.layout import check_n_samples, draws_last, replicates_from_last, replicates_of
from lara_estimators.reference.logspace import exponentials, normalise
from lara_estimators.reference.proposal_means import means_of
from lara_estimators.reference.sampling import OF_PROPOSALS, Sampler, sampling_of
from lara_estimators.reference.scaling import half_squared_norm, scaled
from lara_estimators.reference.weighted_sum import weighted_sum
from lara_estimators.reference.weightings import AtDraws, Weighting, per_draw, weighting_of


@dataclass(frozen=True, slots=True)
class LARA:
    r"""Linear randomized attention: self-normalised multiple importance sampling from C shared proposals.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k``, f and ell of ``integrand``, and the means mu_c of C
    proposals, by default ``x_bar_c + y_bar_c``, the sum of the means of the c-th segments of queries and of keys:

        value = sum_{c,s} omega f(w_cs),   w_cs = mu_c + z_cs,   sum omega = 1,
        omega proportional to alpha_c(w, x) exp(w . x - |x|^2 / 2 + ell(w)) / exp(w . mu_c - |mu_c|^2 / 2).

    The fraction is ``Z(x) p_x(w) / N(w; mu_c, I)``; alpha is the weighting, see ``weightings``.

    Law of the noise: ``z_cs``, each N(0, I), c = 1..C, s = 1..S, one set for all queries; i.i.d., or in pairs (z, -z),
    or all 0 (deterministic, w_c = mu_c: what implementations use in evaluation).

    Claim: where it is drawn, consistent as S grows if ``sum_c alpha_c(w, x) = 1`` for all w (all weightings but
    query-clamped and affinity-biased), biased at finite S; in the hull of the values where alpha >= 0 (all but query).
    Cost (N + M) C S + C^2 S.

    Proof: ``sum_c E_{N(mu_c, I)} alpha_c g p_x / N(mu_c, I) = E_{p_x} [sum_c alpha_c g]``, which is ``E_{p_x} g`` if
    the alphas sum to one; with g = f and g = 1 this is A(x) and 1, and the ratio of averages converges to A(x).
    With alpha >= 0 the value is a convex combination of f(w_cs), each in the hull.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 4; multiple importance sampling, Veach & Guibas 1995.
    Keys are centred first, and given means moved along: a common shift of keys and of every mu and w cancels.

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
        ``balance``, ``uniform``, ``constant``, ``affinity``, ``query``, ``query-clamped`` or ``affinity-biased``.
    beta, floor
        Of query and query-clamped; beta None is 1 for the first and 2 for the second.
    proposals
        ``plain``, ``mixed``, ``value-mixed``, see ``proposal_means``, or ``GivenLandmarks``.
    sampling
        ``iid``, ``antithetic`` or ``deterministic``.
    weights
        Of constant: C numbers that sum to one.

    Raises
    ------
    ValueError
        If a field is none of these, `n_samples` is not a multiple of `n_proposals` (an even one if antithetic, the
        number itself if deterministic), there are fewer queries or keys than proposals, given means do not fit, the
        problem is causal, or noise has another shape than said above.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.zeros((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> lara = LARA(n_samples=6, n_proposals=2)
    >>> noise = lara.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> lara(problem, noise).value.ravel().round(12).tolist()
    [3.0, 3.0]
    >>> LARA(2, 2, "affinity", proposals="mixed", sampling="deterministic").name
    'lara[affinity,mixed,deterministic]'
    """

    n_samples: int = 1
    n_proposals: int = 1
    weighting: str = "balance"
    beta: float | None = None
    floor: float = 1e-8
    proposals: str | GivenLandmarks = "plain"
    sampling: str = "iid"
    weights: tuple[float, ...] | None = None

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
        weighting = self._weighting
        if self.weights is not None and len(self.weights) != self.n_proposals:
            raise ValueError(f"there are {len(self.weights)} weights; expected n_proposals, {self.n_proposals}")
        self._sampler.check(self.n_samples // self.n_proposals, "n_samples / n_proposals")
        if weighting.reads_x_bar and isinstance(self.proposals, GivenLandmarks) and self.proposals.x_bar is None:
            raise ValueError(
                f"the given landmarks have no x_bar; expected one, as the weighting {self.weighting} reads it"
            )
        means_of(self.proposals)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        options = (means_of(self.proposals).name, self.sampling)
        return f"lara[{','.join((self.weighting, *(o for o in options if o not in ('plain', 'iid'))))}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        held = [
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, means_of(self.proposals).symmetries),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        ]
        weighting = self._weighting
        if weighting.positive:
            held.append(Claim(ClaimName.BOUNDED))
        if weighting.consistent and self._sampler.independent_groups:
            held.append(Claim(ClaimName.CONSISTENT))
            if weighting.positive:
                held.append(Claim(ClaimName.MSE_AT_N_SAMPLES, "n_samples much larger than chi2"))
        return tuple(held)

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> ProposalNoise:
        """Draw the normals of all proposals, one set a replicate and batch item."""
        self._check_fits(problem)
        leading = (*replicates, *problem.batch_shape)
        rows = self._sampler.draw(rng, leading, self.n_samples, problem.dim)  # pairs are of one proposal: S is even
        n_each = self.n_samples // self.n_proposals
        return ProposalNoise(rows.reshape(*leading, self.n_proposals, n_each, problem.dim))

    def __call__(self, problem: Problem, noise: ProposalNoise) -> Estimate:
        """Return the estimate for every query."""
        self._check_fits(problem)
        symbols = scaled(problem, centred=True)
        x, y, v, log_mask, shift = symbols
        batch, n_each = problem.batch_shape, self.n_samples // self.n_proposals
        normals = np.asarray(noise.normals, dtype=np.float64)
        replicates = replicates_of("normals", normals, batch, (self.n_proposals, n_each, problem.dim))

        # proposals, and their draws w = mu + z, one a column: L = C S R of them
        means = means_of(self.proposals).means(problem, symbols, self.n_proposals)
        mu, log_kept = means.mu, means.log_kept
        z = draws_last(normals, replicates, len(batch))
        draws = z.shape[-3:]
        w = np.add(z, np.swapaxes(mu, -1, -2)[..., None, None], order="C").reshape(*z.shape[:-3], -1)
        f, log_mixture = integrand(w, y, v, log_mask)

        # densities (*B, C', C, S, R) of all proposals at all draws, over N(w; 0, I)
        log_density = mu @ w
        log_density -= half_squared_norm(mu)[..., None]
        log_density = log_density.reshape(*log_density.shape[:-1], *draws)
        own = np.einsum("...ccsr->...csr", log_density).copy()
        log_density += per_draw(log_kept)[..., None]
        log_bh = own + per_draw(log_kept) - exponentials(log_density, axis=-4).log_sum

        # log-weights (*B, N, C S, R), but for -|x|^2 / 2, which all draws of a query share
        alpha, sign, log_factor = self._weighting.alpha(AtDraws(log_bh[..., None, :, :, :], x, means, shift))
        log_omega = x @ w
        log_omega = log_omega.reshape(*log_omega.shape[:-1], *draws)
        log_omega += alpha + (log_mixture.reshape(own.shape) - own)[..., None, :, :, :]
        log_omega = log_omega.reshape(*log_omega.shape[:-3], self.n_samples, draws[-1])

        # weighted values
        omega, total, log_sum = normalise(log_omega, axis=-2)
        if sign is not None:
            omega *= sign.reshape(omega.shape)
            share = np.sum(omega, axis=-2, keepdims=True) / total
            log_share = np.log(share.astype(np.complex128))
            total = total * share
            log_omega = log_omega + np.pi * 1j * (omega < 0) - log_share
            log_sum = log_sum + log_share[..., 0, :]
        f = f.reshape(*f.shape[:-2], 1, problem.value_dim, self.n_samples, draws[-1])
        value = weighted_sum(omega, f)
        value /= total
        of_query = x @ np.swapaxes(shift, -1, -2) - half_squared_norm(x)[..., None] + log_factor
        return Estimate(
            value=replicates_from_last(value, replicates),
            log_normaliser=replicates_from_last(log_sum + of_query - math.log(n_each), replicates),
            log_weights=replicates_from_last(log_omega, replicates),
        )

    def _check_fits(self, problem: Problem) -> None:
        if problem.causal:
            refuse_causal(problem, self.name, "its landmarks read all queries and keys")
        if not isinstance(self.proposals, GivenLandmarks):
            check_fits(self.n_proposals, problem)

    @property
    def _weighting(self) -> Weighting:
        return weighting_of(self.weighting, self.beta, self.floor, self.weights)

    @property
    def _sampler(self) -> Sampler:
        return sampling_of(self.sampling, OF_PROPOSALS)
