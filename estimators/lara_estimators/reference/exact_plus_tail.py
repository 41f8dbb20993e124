"""Attention over a set of keys that is summed exactly, plus a uniform sample of the rest."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenKeys
from lara_estimators.noise import KeyNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import refuse_causal
from lara_estimators.reference.layout import check_component, check_n_samples, replicates_of
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import scaled

Booleans = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True)
class ExactPlusTail:
    r"""Attention over an exact set E of keys and S of the T others, drawn uniformly without replacement.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k`` and the drawn set D:

        value = (sum_E e_m v_m + (T/S) sum_D e_m v_m) / (sum_E e_m + (T/S) sum_D e_m),      e_m = exp(x . y_m).

    E holds the first n_exact keys that take part, or the given ones of them; the tail is the T other keys that take
    part. E, T and D are of each batch item, the same for all queries.

    Law of the noise: D is uniform over the subsets of S keys of the tail.

    Claim: the normaliser is an unbiased estimate of Z(x), the value lies in the hull of the values, and is softmax
    attention at S = T. Nothing is claimed of S -> infinity: S ends at T. Cost N (|E| + S).

    Proof: a key of the tail is in D with probability S/T, so that ``E (T/S) sum_D g_m = sum_tail g_m`` for any g
    (Horvitz and Thompson 1952): numerator and normaliser have means A Z and Z. At S = T, D is the tail. The weights
    are positive and sum to one over values: a convex combination.

    Source: Desai et al. 2025, arXiv:2510.05688 (vAttention). Keys are centred first: a common shift multiplies all
    kernels of a query by one number.

    Shapes: noise ``component`` ``(*R, *B, S)``, distinct keys of the tail; ``value`` ``(*R, *B, N, e)``;
    ``log_normaliser`` ``(*R, *B, N)``; ``log_weights`` ``(*R, *B, N, M)``, normalised, of every value.

    Parameters
    ----------
    n_samples
        S, the number of keys drawn from the tail.
    n_exact
        How many keys are summed exactly; not looked at where they are given.
    exact
        ``first`` or ``GivenKeys``.

    Raises
    ------
    ValueError
        If a field is none of these, the problem is causal, given keys do not fit it, the tail of some batch item is
        empty or has fewer than S keys, or noise has another shape than said above or is not S distinct keys of it.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.zeros((1, 2)), k=np.ones((4, 2)), v=np.array([[1.0], [2.0], [4.0], [9.0]]))
    >>> ExactPlusTail(n_samples=1, n_exact=2)(problem, KeyNoise(np.array([3]))).value.item()
    5.25
    """

    n_samples: int = 1
    n_exact: int = 1
    exact: str | GivenKeys = "first"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        check_n_samples(self.n_exact, "n_exact")
        if not isinstance(self.exact, GivenKeys) and self.exact != "first":
            raise ValueError(f"exact is {self.exact!r}; expected first or a GivenKeys")

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "exact_plus_tail[given]" if isinstance(self.exact, GivenKeys) else "exact_plus_tail"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        keys = "with what is drawn and given" if isinstance(self.exact, GivenKeys) else "within the tail with the drawn"
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                f"common shift of keys; permutations of queries, or of keys {keys}; affine maps of values",
            ),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> KeyNoise:
        """Draw the keys, one set a replicate and batch item: the tail's S smallest of one uniform number a key."""
        _, tail = self._split(problem)
        numbers = rng.random((*replicates, *tail.shape))
        order = np.argsort(np.where(tail, numbers, 2.0), axis=-1)
        return KeyNoise(order[..., : self.n_samples])

    def __call__(self, problem: Problem, noise: KeyNoise) -> Estimate:
        """Return the estimate for every query."""
        exact, tail = self._split(problem)
        x, y, v, _, shift = scaled(problem, centred=True)
        component = np.asarray(noise.component)
        check_component(component, problem.n_keys)
        replicates = replicates_of("component", component, problem.batch_shape, (self.n_samples,))
        drawn = np.zeros((*replicates, *tail.shape), dtype=np.bool_)
        np.put_along_axis(drawn, component, True, axis=-1)
        if np.any(np.sum(drawn & tail, axis=-1) != self.n_samples):
            raise ValueError("noise.component repeats a key or leaves the tail; expected distinct keys of it")

        # log-factors: 0 on the exact keys, log T/S on the drawn
        log_inverse = np.log(np.sum(tail, axis=-1, keepdims=True) / self.n_samples)
        log_factor = np.where(exact, 0.0, np.where(drawn, log_inverse, -np.inf))

        logits = x @ np.swapaxes(y, -1, -2) + log_factor[..., None, :]
        weights, log_sum = softmax(logits)
        offset = (x @ np.swapaxes(shift, -1, -2))[..., 0]
        return Estimate(value=weights @ v, log_normaliser=log_sum + offset, log_weights=logits - log_sum[..., None])

    def _split(self, problem: Problem) -> tuple[Booleans, Booleans]:
        """Exact set and tail of every batch item, ``(*B, M)``."""
        refuse_causal(problem, self.name, "one set of drawn keys serves every query, early queries see none of them")
        mask = True if problem.key_mask is None else np.asarray(problem.key_mask)
        takes_part = np.broadcast_to(mask, (*problem.batch_shape, problem.n_keys))
        exact = takes_part & self._exact(takes_part)
        tail = takes_part & ~exact
        size = int(np.min(np.sum(tail, axis=-1), initial=problem.n_keys))
        if size == 0:
            raise ValueError("the exact keys leave no tail for some batch item; expected at least one other key")
        if self.n_samples > size:
            raise ValueError(
                f"n_samples is {self.n_samples} but the tail of some batch item has {size} keys; "
                f"expected at most {size}"
            )
        return exact, tail

    def _exact(self, takes_part: Booleans) -> Booleans:
        if not isinstance(self.exact, GivenKeys):
            return np.cumsum(takes_part, axis=-1) <= self.n_exact
        mask = np.asarray(self.exact.mask)
        if mask.dtype != np.bool_:
            raise ValueError(f"exact.mask has dtype {mask.dtype}; expected booleans")
        try:
            return np.broadcast_to(mask, takes_part.shape)
        except ValueError:
            raise ValueError(f"exact.mask has shape {mask.shape}; expected {takes_part.shape}") from None
