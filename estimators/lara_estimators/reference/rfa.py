"""Random feature attention with positive features."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenProposal
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import causal_integrand, refuse_causal
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.layout import check_n_samples, draws_last, replicates_from_last, replicates_of
from lara_estimators.reference.logspace import normalise
from lara_estimators.reference.proposals import proposal_of
from lara_estimators.reference.sampling import sampling_of
from lara_estimators.reference.scaling import half_squared_norm, scaled
from lara_estimators.reference.weighted_sum import weighted_sum


@dataclass(frozen=True, slots=True)
class RFA:
    r"""Random feature attention: self-normalised importance sampling from one Gaussian, draws shared by all queries.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k``, f and ell of ``integrand``, and the proposal
    N(mu, Sigma) with ``Sigma = L L'``:

        value = sum_s omega_s f(w_s),      w_s = mu + L z_s,      sum omega = 1,
        omega_s proportional to exp(w_s . x - |x|^2 / 2 + ell(w_s)) N(w_s; 0, I) / N(w_s; mu, Sigma),
        log N(w; 0, I) / N(w; mu, Sigma) = -|w|^2 / 2 + |z|^2 / 2 + log det L.

    From N(0, I) the last is 0, and the value is the ratio ``sum_s xi(x, w_s) sum_m xi(y_m, w_s) v_m / sum_s xi(x, w_s)
    sum_m xi(y_m, w_s)`` of positive features ``xi(u, w) = exp(w . u - |u|^2 / 2)``, written so that nothing overflows.
    Causal: for query n, f and ell are over the keys ``m <= n``.

    Law of the noise: ``z_1 .. z_S``, each N(0, I), jointly as `sampling` says, one set for all queries.

    Claim: the normaliser, the mean over s of what omega is proportional to, is an unbiased estimate of Z(x); the value
    is consistent, biased by O(1/S) (i.i.d. and antithetic draws), and lies in the hull of the values. Cost (N + M) S.

    Proof: the fraction makes a mean over the proposal one over N(0, I), there ``E exp(w . (x + y_m)) =
    exp(|x + y_m|^2 / 2)``, so E xi(x, w) xi(y_m, w) = exp(x . y_m): numerator and normaliser are unbiased for A Z and
    Z, which asks for the law of each row only, not for independence. Averages converge, and with them their ratio; a
    ratio of means is not a mean of ratios, whence the bias. All omega_s >= 0 sum to one over f in the hull: convex.

    Source: Choromanski et al. 2021, arXiv:2009.14794, lemma 1; as importance sampling, Zheng, Wang, Kong 2022,
    arXiv:2204.04667, section 3; other laws in ``proposals``, other couplings in ``sampling``, each with its source.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``, z; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` = log omega ``(*R, *B, N, S)``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages, each row of a pair or block counted.
    sampling
        ``iid``, ``antithetic``, ``orthogonal``, ``simplex`` or ``quasi-monte-carlo``.
    proposal
        ``standard``, N(0, I); ``isotropic`` or ``diagonal``, fitted to the problem; or a ``GivenProposal``.

    Raises
    ------
    ValueError
        If a field is none of these, `n_samples` is not an int of at least 1 (even, if antithetic), a fitted proposal
        meets a causal problem, a given one does not fit its problem, or noise has another shape than said above.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.zeros((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> rfa = RFA(n_samples=5)
    >>> noise = rfa.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> rfa(problem, noise).value.ravel().round(12).tolist()
    [3.0, 3.0]
    >>> RFA(n_samples=4, sampling="antithetic", proposal="isotropic").name
    'rfa[antithetic,isotropic]'
    """

    n_samples: int = 1
    sampling: str = "iid"
    proposal: str | GivenProposal = "standard"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        sampling_of(self.sampling).check(self.n_samples)
        proposal_of(self.proposal)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        sampling, proposal = self.sampling, proposal_of(self.proposal).name
        options = [option for option in (sampling, proposal) if option not in ("iid", "standard")]
        return f"rfa[{','.join(options)}]" if options else "rfa"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        proposal, independent = proposal_of(self.proposal), sampling_of(self.sampling).independent_groups
        regime = "; ".join(filter(None, ("n_samples much larger than chi2", proposal.finite_variance)))
        held = [Claim(ClaimName.BOUNDED)]
        if independent:
            held += [Claim(ClaimName.MEAN_AT_N_SAMPLES), Claim(ClaimName.BIAS_RATE, regime)]
        held.append(Claim(ClaimName.CONSISTENT))
        if independent:
            held.append(Claim(ClaimName.MSE_AT_N_SAMPLES, regime))
        if proposal.name == "standard":
            held.append(Claim(ClaimName.KERNEL_UNBIASED))
        return (
            *held,
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries, unless causal; affine maps of values"),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        """Draw the features, one set a replicate and batch item."""
        self._refuse(problem)
        leading = (*replicates, *problem.batch_shape)
        return FeatureNoise(sampling_of(self.sampling).draw(rng, leading, self.n_samples, problem.dim))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        self._refuse(problem)
        symbols = scaled(problem)
        x, y, v, log_mask, _ = symbols
        batch = problem.batch_shape
        normals = np.asarray(noise.normals, dtype=np.float64)
        replicates = replicates_of("normals", normals, batch, (self.n_samples, problem.dim))

        # draws, one a column: L = S R of them
        z = draws_last(normals, replicates, len(batch))
        draws = z.shape[-2:]
        w, log_law = proposal_of(self.proposal).draws(z.reshape(*z.shape[:-2], -1), symbols)

        # integrand (*B, 1 or N, e, L), and log-weights (*B, N, L) but for -|x|^2 / 2, which all draws of a query share
        if problem.causal:
            f, log_mixture = causal_integrand(w[..., None, :, :], y, v, log_mask)
        else:
            shared = integrand(w, y, v, log_mask)
            f, log_mixture = shared.f[..., None, :, :], shared.log_mixture[..., None, :]
        log_omega = x @ w
        log_omega += log_mixture + log_law[..., None, :]

        # weighted values
        log_omega = log_omega.reshape(*log_omega.shape[:-1], *draws)
        omega, total, log_sum = normalise(log_omega, axis=-2)
        value = weighted_sum(omega, f.reshape(*f.shape[:-1], *draws)) / total
        log_normaliser = log_sum - half_squared_norm(x)[..., None] - math.log(self.n_samples)
        return Estimate(
            value=replicates_from_last(value, replicates),
            log_normaliser=replicates_from_last(log_normaliser, replicates),
            log_weights=replicates_from_last(log_omega, replicates),
        )

    def _refuse(self, problem: Problem) -> None:
        if proposal_of(self.proposal).reads_all:
            refuse_causal(problem, self.name, "its proposal reads all queries and keys")
