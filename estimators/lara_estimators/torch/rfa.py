"""Random feature attention, written with positive features."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenProposal
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.causal_features import through_draws_causal
from lara_estimators.torch.feature_proposals import check_proposal, drawn
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.sampling import sampling_of
from lara_estimators.torch.tensors import check_n_samples, check_shape, compute_dtype, items, on_device_of
from lara_estimators.torch.through_draws import log_kernel_offset, through_draws


@dataclass(frozen=True, slots=True)
class RFA:
    r"""Random feature attention: self-normalised importance sampling from a Gaussian, draws shared by all queries.

    Definition: ``value = sum_s softmax_s(w_s . x + ell(w_s) - r(w_s)) f(w_s)``, r the log-density of the proposal
    relative to N(0, I). The draws attend to the keys (f is softmax attention of w over y with bias -|y|^2/2, ell its
    log-normaliser), then the queries attend to the draws; -|x|^2/2 cancels in the weights. The root of the scale is
    folded into w: q and k are not copied; the weights are computed in blocks and not held, nor for the gradient.

    Causal: for query n, f and ell run over the keys ``m <= n``; see ``causal_features``, of linear cost as well.

    Law of the noise: ``z_1 .. z_S``, each N(0, I), one set for all queries; i.i.d. or coupled as `sampling` says;
    ``w = mu + L z`` with L L^T the covariance of the proposal, by default ``w = z``.

    Claim: the value is consistent, biased by O(1/S), and in the hull of the values; the normaliser is unbiased for
    Z(x). Cost (N + M) S.

    Proof: ``E exp(w . (x + y_m)) = exp(|x + y_m|^2 / 2)`` under N(0, I), so numerator and normaliser are unbiased for
    A Z and Z, whatever the coupling, as every row is N(0, I); under another proposal the weights are multiplied by the
    density ratio. Their ratio converges by the law of large numbers, but a ratio of means is not a mean of ratios. The
    weights are positive and sum to one over f in the hull: a convex combination.

    Source: Choromanski et al. 2021, arXiv:2009.14794, lemma 1; Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3;
    proposals: arXiv:2205.15317, arXiv:2302.00787.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` None.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.
    sampling
        ``iid``, ``antithetic``, ``orthogonal``, ``simplex`` or ``quasi-monte-carlo``.
    proposal
        ``standard`` N(0, I); ``isotropic`` or ``diagonal``, chosen for the queries and keys; or ``GivenProposal``.

    Raises
    ------
    ValueError
        If a field is none of these, `n_samples` is not an int of at least 1 (even if antithetic), a given proposal does
        not fit, the proposal reads all keys and the problem is causal, or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.ones(2, 3), torch.zeros(4, 3), torch.tensor([[1.0], [2.0], [3.0], [6.0]]))
    >>> rfa = RFA(n_samples=5)
    >>> noise = rfa.draw(problem, torch.Generator().manual_seed(1))
    >>> [round(value, 5) for value in rfa(problem, noise).value.ravel().tolist()]
    [3.0, 3.0]
    >>> RFA(4, "orthogonal", "diagonal").name
    'rfa[orthogonal,diagonal]'
    """

    n_samples: int = 1
    sampling: str = "iid"
    proposal: str | GivenProposal = "standard"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        sampling_of(self.sampling).check(self.n_samples)
        check_proposal(self.proposal)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        options = [option for option in (self.sampling, self._proposal_name) if option not in ("iid", "standard")]
        return f"rfa[{','.join(options)}]" if options else "rfa"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        independent = self.sampling in ("iid", "antithetic")
        regime = "n_samples much larger than chi2"
        if self._proposal_name == "given":
            regime += "; 2I - covariance^-1 is positive definite"
        held = [Claim(ClaimName.BOUNDED)]
        if independent:
            held += [Claim(ClaimName.MEAN_AT_N_SAMPLES), Claim(ClaimName.BIAS_RATE, regime)]
        held.append(Claim(ClaimName.CONSISTENT))
        if independent:
            held.append(Claim(ClaimName.MSE_AT_N_SAMPLES, regime))
        if self._proposal_name == "standard":
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

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> FeatureNoise:
        """Draw the normals on the device of the problem, one set a replicate and batch item."""
        self._check(problem)
        leading = (*replicates, *problem.batch_shape)
        dtype, device = compute_dtype(problem), problem.q.device
        sampling = sampling_of(self.sampling)
        return FeatureNoise(sampling.draw(generator, leading, self.n_samples, problem.dim, dtype=dtype, device=device))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        self._check(problem)
        read = items(problem)
        normals = on_device_of(problem, noise.normals).to(read.compute)
        replicates = check_shape("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))
        z = normals.reshape(math.prod(replicates), read.q.shape[0], self.n_samples, problem.dim)
        w, log_density = drawn(self.proposal, problem, read, z)
        through = through_draws_causal if problem.causal else through_draws
        value, log_sum = through(read, w * read.root_scale, log_density)
        log_normaliser = log_sum + log_kernel_offset(read) - math.log(self.n_samples)
        leading = (*replicates, *problem.batch_shape)
        return Estimate(value.reshape(*leading, *value.shape[2:]), log_normaliser.reshape(*leading, problem.n_queries))

    @property
    def _proposal_name(self) -> str:
        return "given" if isinstance(self.proposal, GivenProposal) else self.proposal

    def _check(self, problem: Problem) -> None:
        if problem.causal and self.proposal in ("isotropic", "diagonal"):
            raise ValueError(f"{self.name} has no causal form: its proposal reads all queries and keys")


def rfa(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    sampling: str = "iid",
    proposal: str | GivenProposal = "standard",
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Random feature attention ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    return value_of(RFA(n_samples, sampling, proposal), q, k, v, generator, scale, key_mask, causal)
