"""Linear randomized attention: several proposals, shared by all queries, weighted for each."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenLandmarks
from lara_estimators.noise import ProposalNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.proposals import Proposals, check_number, check_proposals, proposals_of, symmetries_of
from lara_estimators.torch.sampling import sampling_of
from lara_estimators.torch.tensors import check_n_samples, check_shape, compute_dtype, on_device_of
from lara_estimators.torch.through_draws import Through, log_affinities, log_kernel_offset, shift_of, through_draws
from lara_estimators.torch.weighted_by_query import weighted_by_query
from lara_estimators.torch.weightings import PER_QUERY, AtDraws, PerQuery, check_weights, weighting_of

SAMPLINGS = ("iid", "antithetic", "deterministic")


@dataclass(frozen=True, slots=True)
class LARA:
    r"""Linear randomized attention: self-normalised multiple importance sampling from C shared proposals.

    Definition: ``value = sum_{c,s} omega f(w_cs)``, ``w_cs = mu_c + z_cs``, by default ``mu_c = x_bar_c + y_bar_c``
    (means of segments), omega normalised and proportional to ``alpha_c(w, x) p_x(w) / N(w; mu_c, I)``. For balance this
    is softmax attention of the queries over the draws with bias ``ell(w) - log sum_c N(w; mu_c, I)``; ``weightings``
    says what becomes of others. The queries' and the keys' side are done in blocks: neither weights nor copies of q and
    k are held, but by query and query-clamped, whose weights do not factor: these hold N C S numbers.

    Law of the noise: ``z_cs``, each N(0, I), c = 1..C, s = 1..S, one set for all queries; i.i.d., or in pairs (z, -z),
    or all 0 (deterministic, w_c = mu_c: what implementations use in evaluation).

    Claim: where it is drawn, consistent as S grows if the alphas sum to one for all w (all weightings but query-clamped
    and affinity-biased), biased at finite S; in the hull of the values where alpha >= 0 (all but query). Cost
    (N + M) C S + C^2 S.

    Proof: ``sum_c E_{N(mu_c, I)} alpha_c g p_x / N(mu_c, I) = E_{p_x} [sum_c alpha_c g]``, which is ``E_{p_x} g`` if
    the alphas sum to one; with g = f and g = 1 this is A(x) and 1, and the ratio of averages converges to A(x). With
    alpha >= 0 the value is a convex combination of f(w_cs), each in the hull.

    Source: Zheng, Wang, Kong 2022, arXiv:2204.04667, section 4. Keys are centred first, given means moved along: a
    common shift of keys moves every mu and w along and cancels.

    The landmarks read all queries: padded queries leak into them, and there is no causal form. Masking a key is not the
    same as deleting it, which would move the borders of segments.

    Shapes: noise ``normals`` ``(*R, *B, C, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``,
    complex for the weighting query; ``log_weights`` None.

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
        ``plain``, ``mixed``, ``value-mixed`` or ``GivenLandmarks``.
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
    >>> problem = Problem(torch.ones(2, 3), torch.zeros(4, 3), torch.tensor([[1.0], [2.0], [3.0], [6.0]]))
    >>> lara = LARA(n_samples=6, n_proposals=2)
    >>> noise = lara.draw(problem, torch.Generator().manual_seed(1))
    >>> [round(value, 5) for value in lara(problem, noise).value.ravel().tolist()]
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
        self._check_sampling()
        check_proposals(self.proposals)
        check_weights(self.weights, self.weighting, self.n_proposals)
        weighting = weighting_of(self.weighting, self.beta, self.floor, self.weights)
        given = self.proposals if isinstance(self.proposals, GivenLandmarks) else None
        if given is not None and given.x_bar is None and isinstance(weighting, PerQuery):
            raise ValueError(
                f"proposals.x_bar is None; expected landmarks of queries for the weighting {self.weighting}"
            )

    def _check_sampling(self) -> None:
        if self.sampling not in SAMPLINGS:
            raise ValueError(f"sampling is {self.sampling!r}; expected {', '.join(SAMPLINGS)}")
        if self.sampling == "antithetic" and self._n_each % 2:
            raise ValueError(
                f"n_samples / n_proposals is {self._n_each}; expected an even number, two a pair, when antithetic"
            )
        if self.sampling == "deterministic" and self._n_each != 1:
            raise ValueError(
                f"n_samples is {self.n_samples} and n_proposals is {self.n_proposals}; "
                "expected the same, a mean each, when deterministic"
            )

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        proposals = "given" if isinstance(self.proposals, GivenLandmarks) else self.proposals
        options = [option for option in (proposals, self.sampling) if option not in ("plain", "iid")]
        return f"lara[{','.join((self.weighting, *options))}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        held = [
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, symmetries_of(self.proposals)),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        ]
        positive = self.weighting != "query"
        if positive:
            held.append(Claim(ClaimName.BOUNDED))
        if self.weighting not in ("query-clamped", "affinity-biased") and self.sampling != "deterministic":
            held.append(Claim(ClaimName.CONSISTENT))
            if positive:
                held.append(Claim(ClaimName.MSE_AT_N_SAMPLES, "n_samples much larger than chi2"))
        return tuple(held)

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> ProposalNoise:
        """Draw the normals of all proposals on the device of the problem, one set a replicate and batch item."""
        self._check(problem)
        batch, n_replicates = problem.batch_shape, math.prod(replicates)
        dtype, device = compute_dtype(problem), problem.q.device
        shape = (*replicates, *batch, self.n_proposals, self._n_each, problem.dim)
        if self.sampling == "deterministic":
            return ProposalNoise(torch.zeros(shape, dtype=dtype, device=device))
        # no two coordinates of a row depend on each other: as leading axes they let replicates lie side by side
        leading = (*batch, problem.dim, self.n_proposals)
        normals = sampling_of(self.sampling).draw(
            generator, leading, self._n_each, n_replicates, dtype=dtype, device=device
        )
        return ProposalNoise(normals.movedim(-1, 0).movedim(-3, -1).reshape(shape))

    def __call__(self, problem: Problem, noise: ProposalNoise) -> Estimate:
        """Return the estimate for every query."""
        self._check(problem)
        proposals = proposals_of(self.proposals, self.n_proposals, problem, with_x_bar=self.weighting in PER_QUERY)
        read = proposals.read
        normals = on_device_of(problem, noise.normals).to(read.compute)
        tail = (self.n_proposals, self._n_each, problem.dim)
        replicates = check_shape("normals", normals, problem.batch_shape, tail)
        z = normals.reshape(math.prod(replicates), read.q.shape[0], self.n_samples, problem.dim)

        value, log_sum = self._through(proposals, z)
        log_normaliser = log_sum + log_kernel_offset(read) + shift_of(read, proposals.centre) - math.log(self._n_each)
        leading = (*replicates, *problem.batch_shape)
        return Estimate(value.reshape(*leading, *value.shape[2:]), log_normaliser.reshape(*leading, problem.n_queries))

    def _through(self, proposals: Proposals, z: Tensor) -> Through:
        weighting = weighting_of(self.weighting, self.beta, self.floor, self.weights)
        mu, root_scale = proposals.mu, proposals.read.root_scale
        means = (mu * root_scale).repeat_interleave(self._n_each, dim=-2)
        columns = torch.add(means.mT.unsqueeze(-1), z.permute(1, 3, 2, 0), alpha=root_scale)
        w = columns.permute(3, 0, 2, 1)
        if isinstance(weighting, PerQuery):
            return weighted_by_query(weighting, proposals, AtDraws(w, mu, proposals.kept, root_scale))
        read, centre = proposals.read, proposals.centre
        # densities know no replicates: these are further draws of a proposal
        at = AtDraws(columns.flatten(2).mT.unsqueeze(0), mu, proposals.kept, root_scale)
        log_density = weighting.log_density(at)
        if at.kept is not None:
            log_density = log_density.masked_fill(~at.of_draws(at.kept), torch.inf)
        log_density = log_density.reshape(w.shape[1], w.shape[2], w.shape[0]).permute(2, 0, 1)
        if not weighting.pulls:
            del means  # the peak of memory is ahead
            return through_draws(read, w, log_density, centre)
        value, log_sum = through_draws(read, w, log_density, centre, means)
        lacks = -log_affinities(read, at) if weighting.normalised else shift_of(read, centre)
        return Through(value, log_sum + lacks)

    def _check(self, problem: Problem) -> None:
        if problem.causal:
            raise ValueError(f"{self.name} has no causal form: its landmarks read all queries and keys")
        check_number(self.proposals, self.n_proposals, problem)

    @property
    def _n_each(self) -> int:
        return self.n_samples // self.n_proposals


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
    proposals: str | GivenLandmarks = "plain",
    sampling: str = "iid",
    weights: tuple[float, ...] | None = None,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
) -> Tensor:
    """Linear randomized attention ``(*B, N, e)``; draws afresh, from torch's default generator if None is given."""
    estimator = LARA(n_samples, n_proposals, weighting, beta, floor, proposals, sampling, weights)
    return value_of(estimator, q, k, v, generator, scale, key_mask)
