"""Keys drawn from one law for all queries."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenProbabilities
from lara_estimators.noise import KeyNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.component import cumulative, invert, replicates_first
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.key_laws import key_law_of
from lara_estimators.torch.rows import drawn_rows
from lara_estimators.torch.scores import centred_inputs, refuse_causal
from lara_estimators.torch.tensors import check_n_samples, check_shape, on_device_of

REASON = "the keys drawn for all queries need not be among those that a query sees"


@dataclass(frozen=True, slots=True)
class KeySampling:
    r"""Self-normalised importance sampling of keys: softmax attention over keys drawn once for all queries.

    Definition: ``value = sum_s r_s v_{m_s} / sum_s r_s``, ``r_s = exp(x . y_{m_s}) / q_{m_s}``: softmax attention over
    the drawn keys with bias ``-log q``. Keys are centred, which changes nothing but rounding.

    Law of the noise: ``m_1 .. m_S ~ q`` i.i.d., one set for all queries; q is over the keys that take part: uniform,
    proportional to ``|v_m| + mean |v|`` (uniform if all values are 0), or given.

    Claim: the normaliser is unbiased for Z(x); the value is consistent, biased by O(1/S), and in the hull of the
    values. Cost (N + M) S at most: the keys are read once, each query looks at S of them.

    Proof: ``E r_s g_{m_s} = sum_m exp(x . y_m) g_m`` for every g, as q is positive; with g = v and g = 1 these are A Z
    and Z, and the ratio of averages converges to A. The weights are positive and sum to one.

    Source: self-normalised importance sampling, Owen, Monte Carlo theory, methods and examples, ch. 9.

    Shapes: noise ``component`` ``(*R, *B, S)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` ``(*R, *B, N, S)``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.
    proposal
        q: ``uniform``, ``value-norm``, or a ``GivenProbabilities``.

    Raises
    ------
    ValueError
        If a field is none of these, probabilities do not fit the problem or are not positive, the problem is causal,
        or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.zeros(1, 3), torch.eye(2, 3), torch.tensor([[1.0], [5.0]]))
    >>> KeySampling(n_samples=4)(problem, KeyNoise(torch.tensor([0, 1, 1, 1]))).value.item()
    4.0
    """

    n_samples: int = 1
    proposal: str | GivenProbabilities = "uniform"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        key_law_of(self.proposal)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return f"keys[{key_law_of(self.proposal).name}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        by_norm = self.proposal == "value-norm"
        maps = "maps of values by a multiple of a rotation" if by_norm else "affine maps of values"
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                f"common shift of keys; permutations of queries, or of keys with what is drawn and given; {maps}",
            ),
            Claim(ClaimName.GRADIENT, "on fixed noise, no value being 0" if by_norm else "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> KeyNoise:
        """Draw the keys on the device of the problem, one set a replicate and batch item."""
        refuse_causal(problem, self.name, REASON)
        with torch.no_grad():
            read = centred_inputs(problem)
            below = cumulative(key_law_of(self.proposal).log_probabilities(problem, read).exp())
            below = below.expand(*problem.batch_shape, problem.n_keys)
            shape = (*problem.batch_shape, math.prod(replicates) * self.n_samples)
            uniforms = torch.rand(shape, generator=generator, dtype=below.dtype, device=below.device)
            return KeyNoise(replicates_first(invert(below, uniforms), replicates, self.n_samples))

    def __call__(self, problem: Problem, noise: KeyNoise) -> Estimate:
        """Return the estimate for every query."""
        refuse_causal(problem, self.name, REASON)
        read = centred_inputs(problem)
        batch = problem.batch_shape
        component = on_device_of(problem, noise.component)
        check_shape("component", component, batch, (self.n_samples,))

        log_q = key_law_of(self.proposal).log_probabilities(problem, read).unsqueeze(-1)
        k, v, log_q = (drawn_rows(table, batch, component) for table in (read.k, read.v, log_q))
        logits = (read.q * read.root_scale**2) @ k.transpose(-1, -2) - log_q.transpose(-1, -2)
        log_sum = torch.logsumexp(logits, dim=-1, keepdim=True)
        log_weights = logits - log_sum
        shift = (read.q @ read.mean.transpose(-1, -2)) * read.root_scale**2
        log_normaliser = (log_sum + (shift - math.log(self.n_samples))).squeeze(-1)
        # not exp(log_weights): log_sum is rounded at its own size, so that their sum would be 1 to so many digits only
        value = torch.softmax(logits, dim=-1) @ v
        return Estimate(value.to(read.dtype), log_normaliser, log_weights)


def key_sampling(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    proposal: str | GivenProbabilities = "uniform",
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Softmax attention over drawn keys ``(*B, N, e)``; torch's default generator if None is given; refuses causal."""
    return value_of(KeySampling(n_samples, proposal), q, k, v, generator, scale, key_mask, causal)
