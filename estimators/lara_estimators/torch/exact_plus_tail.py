"""Some keys summed exactly, the others sampled."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenKeys
from lara_estimators.noise import KeyNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.exact_keys import ExactKeys, exact_keys_of
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.pieces import asks_gradient, in_pieces
from lara_estimators.torch.rows import drawn_rows
from lara_estimators.torch.scores import centred_inputs, refuse_causal
from lara_estimators.torch.tensors import check_n_samples, check_shape, on_device_of

REASON = "the keys drawn for all queries need not be among those that a query sees"


@dataclass(frozen=True, slots=True)
class ExactPlusTail:
    r"""Softmax attention over an exact set of keys and S others that stand for the whole tail.

    Definition: with E the exact keys, T the number of others that take part and D the drawn ones,
    ``value = (sum_{m in E} e_m v_m + (T / S) sum_{m in D} e_m v_m) / (the same without v)``, ``e_m = exp(x . y_m)``:
    softmax attention over E and D with bias ``log(T / S)`` on D. Keys are centred, which changes nothing but rounding.

    Law of the noise: S distinct keys of the tail, uniformly without replacement, one set for all queries.

    Claim: the normaliser is unbiased for Z(x); the value is exact at S = T, biased before, and in the hull of the
    values. Cost N (|E| + S), N M with given keys. Where a tail shorter than S cannot be refused, all of it is summed.

    Proof: every key of the tail is drawn with probability S / T, so that ``E (T / S) sum_{D} e_m g_m`` is the sum over
    the tail (Horvitz-Thompson), for g = v and g = 1. The weights are positive and sum to one.

    Source: Desai et al. 2025, arXiv:2510.05688 (vAttention); Horvitz & Thompson 1952.

    Shapes: noise ``component`` ``(*R, *B, S)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``. There
    are no ``log_weights``: keys that were not drawn are not looked at.

    Parameters
    ----------
    n_samples
        S, the number of keys drawn from the tail.
    n_exact
        Number of exact keys, the first that take part.
    exact
        ``first``, or a ``GivenKeys``: then `n_exact` is ignored.

    Raises
    ------
    ValueError
        If a field is none of these, the mask of given keys does not fit the problem, the tail of some batch item has
        fewer than `n_samples` keys, the problem is causal, or noise has another shape than said above. Where a mask
        decides how long the tail is, its values are looked at: on the CPU only, and not while a graph is traced.

    Examples
    --------
    >>> problem = Problem(torch.zeros(1, 3), torch.eye(3), torch.tensor([[1.0], [2.0], [6.0]]))
    >>> round(ExactPlusTail(n_samples=1)(problem, KeyNoise(torch.tensor([2]))).value.item(), 5)  # (1 + 2 * 6) / 3
    4.33333
    """

    n_samples: int = 1
    n_exact: int = 1
    exact: str | GivenKeys = "first"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        check_n_samples(self.n_exact, "n_exact")
        exact_keys_of(self.exact, self.n_exact)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "exact_plus_tail" + ("" if self.exact == "first" else "[given]")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        kept = "within the tail with the drawn" if self.exact == "first" else "with what is drawn and given"
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                f"common shift of keys; permutations of queries, or of keys {kept}; affine maps of values",
            ),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> KeyNoise:
        """Draw keys of the tail on the device of the problem, one set a replicate and batch item.

        Each key gets a uniform number, in double precision, and the largest S of the tail are taken.
        """
        keys = self._keys(problem)
        tail = keys.tail(problem)
        shape = (*replicates, *problem.batch_shape, problem.n_keys)
        uniforms = torch.rand(shape, generator=generator, dtype=torch.float64, device=problem.q.device)
        return KeyNoise(uniforms.masked_fill(~tail, -1).topk(self.n_samples, dim=-1).indices)

    def __call__(self, problem: Problem, noise: KeyNoise) -> Estimate:
        """Return the estimate for every query."""
        keys = self._keys(problem)
        read = centred_inputs(problem)
        batch = problem.batch_shape
        component = on_device_of(problem, noise.component)
        replicates = check_shape("component", component, batch, (self.n_samples,))
        component = component.reshape(math.prod(replicates), *batch, self.n_samples)

        tail = keys.tail(problem)
        n_tail = tail.sum(-1, keepdim=True)
        log_inverse = (n_tail / n_tail.clamp(1, self.n_samples)).to(read.v.dtype).log()
        of_tail = torch.take_along_dim(tail.expand(*batch, problem.n_keys).unsqueeze(0), component, dim=-1)
        drawn_bias = torch.where(of_tail, log_inverse, -torch.inf).unsqueeze(-2)
        known = keys.known(problem, read)
        drawn_k, drawn_v = (drawn_rows(table, batch, component) for table in (read.k, read.v))
        shift = (read.q @ read.mean.transpose(-1, -2)) * read.root_scale**2

        def piece(reps: slice, rows: slice) -> tuple[Tensor, Tensor]:
            x = read.q[..., rows, :] * read.root_scale**2
            of_known = x @ known.k.transpose(-1, -2)
            of_known = of_known if known.bias is None else of_known + known.bias
            of_drawn = x @ drawn_k[reps].transpose(-1, -2) + drawn_bias[reps]
            of_known = of_known.expand(*of_drawn.shape[:-1], of_known.shape[-1])
            logits = torch.cat((of_known, of_drawn), dim=-1)
            log_sum = torch.logsumexp(logits, dim=-1, keepdim=True)
            to_known, to_drawn = torch.softmax(logits, dim=-1).split((known.k.shape[-2], self.n_samples), dim=-1)
            return to_known @ known.v + to_drawn @ drawn_v[reps], log_sum + shift[..., rows, :]

        entries = math.prod(batch) * (known.k.shape[-2] + self.n_samples)
        differentiable = asks_gradient(read.q, read.k, read.v)
        parts = in_pieces(
            piece, component.shape[0], problem.n_queries, entries, device=read.k.device, differentiable=differentiable
        )
        value, log_normaliser = (part.reshape(*replicates, *part.shape[1:]) for part in parts)
        return Estimate(value.to(read.dtype), log_normaliser.squeeze(-1))

    def _keys(self, problem: Problem) -> ExactKeys:
        refuse_causal(problem, self.name, REASON)
        keys = exact_keys_of(self.exact, self.n_exact)
        shortest = keys.shortest_tail(problem)
        if shortest is not None and shortest < 1:
            raise ValueError("the exact keys leave no tail for some batch item; expected at least one other key")
        if shortest is not None and shortest < self.n_samples:
            raise ValueError(
                f"n_samples is {self.n_samples} but the tail of some batch item has {shortest} keys; "
                f"expected at most {shortest}"
            )
        return keys


def exact_plus_tail(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    n_exact: int = 1,
    exact: str | GivenKeys = "first",
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Attention to exact keys and a sampled tail ``(*B, N, e)``; torch's generator if None is given; refuses causal."""
    return value_of(ExactPlusTail(n_samples, n_exact, exact), q, k, v, generator, scale, key_mask, causal)
