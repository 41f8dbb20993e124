"""Attention over drawn keys: importance sampling in the space of indices."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenProbabilities
from lara_estimators.noise import KeyNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import refuse_causal
from lara_estimators.reference.component import draw_component
from lara_estimators.reference.key_laws import key_law_of
from lara_estimators.reference.layout import check_component, check_n_samples, replicates_of
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.scaling import Array, scaled


@dataclass(frozen=True, slots=True)
class KeySampling:
    r"""Attention over S keys drawn with replacement, the same for all queries: self-normalised importance sampling.

    Definition, for ``x = sqrt(scale) q`` and ``y = sqrt(scale) k``:

        value = sum_s (exp(x . y_{m_s}) / q_{m_s}) v_{m_s} / sum_s (exp(x . y_{m_s}) / q_{m_s}).

    Law of the noise: ``m_1 .. m_S ~ q`` i.i.d., one set for all queries, q positive on the keys that take part:

        uniform       q_m proportional to 1,
        value-norm    q_m proportional to |v_m| + mean_l |v_l|  (uniform if all values are 0),
        given         q as handed in.

    Claim: the normaliser ``(1/S) sum_s exp(x . y_{m_s}) / q_{m_s}`` is an unbiased estimate of Z(x); the value is
    consistent, biased by O(1/S), and lies in the hull of the values. Cost M + N S.

    Proof: ``E exp(x . y_m) g_m / q_m = sum_m exp(x . y_m) g_m`` for any g, as q > 0 on every key; with g = v and g = 1
    these are A Z and Z. Averages converge to them, and the ratio to A. The weights are positive and sum to one over
    values: a convex combination. Without the mean in value-norm a key of value 0 would never be drawn, yet it counts
    in Z: the ratio would converge to another number.

    Source: importance sampling, Owen, Monte Carlo theory, methods and examples, ch. 9; the variance of the ratio is
    the variance of RFA with ``pi_m^2 / q_m`` for the kernel moments. Keys are centred first: a common shift multiplies
    all kernels of a query by one number.

    Shapes: noise ``component`` ``(*R, *B, S)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``;
    ``log_weights`` ``(*R, *B, N, S)``, normalised, of the drawn values.

    Parameters
    ----------
    n_samples
        S, the number of drawn keys.
    proposal
        ``uniform``, ``value-norm``, or ``GivenProbabilities``.

    Raises
    ------
    ValueError
        If a field is none of these, the problem is causal, given probabilities do not fit it, or noise has another
        shape than said above or indices of keys that do not take part.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.zeros((1, 2)), k=np.ones((3, 2)), v=np.array([[0.0], [1.0], [5.0]]))
    >>> KeySampling(n_samples=4)(problem, KeyNoise(np.array([0, 2, 1, 2]))).value.item()
    2.75
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
        reads_values = key_law_of(self.proposal).reads_values
        maps = "maps of values by a multiple of a rotation" if reads_values else "affine maps of values"
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                f"common shift of keys; permutations of queries, or of keys with what is drawn and given; {maps}",
            ),
            Claim(ClaimName.GRADIENT, "on fixed noise" + (", no value being 0" if reads_values else "")),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> KeyNoise:
        """Draw the keys, one set a replicate and batch item."""
        self._refuse_causal(problem)
        _, _, v, log_mask, _ = scaled(problem)
        q = key_law_of(self.proposal).probabilities(v, log_mask, problem.batch_shape)
        return KeyNoise(draw_component(q, self.n_samples, rng, replicates))

    def __call__(self, problem: Problem, noise: KeyNoise) -> Estimate:
        """Return the estimate for every query."""
        self._refuse_causal(problem)
        x, y, v, log_mask, shift = scaled(problem, centred=True)
        component = np.asarray(noise.component)
        check_component(component, problem.n_keys)
        replicates_of("component", component, problem.batch_shape, (self.n_samples,))

        # of the drawn keys: q (*R, *B, S), y (*R, *B, S, d), v (*R, *B, S, e)
        q = key_law_of(self.proposal).probabilities(v, log_mask, problem.batch_shape)
        q = _drawn(q[..., None], component)[..., 0]
        if not q.all():
            raise ValueError("noise.component holds masked keys; expected keys that take part")
        y, v = _drawn(y, component), _drawn(v, component)

        log_ratio = x @ np.swapaxes(y, -1, -2) - np.log(q)[..., None, :]
        weights, log_sum = softmax(log_ratio)
        offset = (x @ np.swapaxes(shift, -1, -2))[..., 0]
        return Estimate(
            value=weights @ v,
            log_normaliser=log_sum - np.log(self.n_samples) + offset,
            log_weights=log_ratio - log_sum[..., None],
        )

    def _refuse_causal(self, problem: Problem) -> None:
        refuse_causal(problem, self.name, "one set of drawn keys serves every query, the first query sees one key only")


def _drawn(rows: Array, component: np.ndarray[Any, np.dtype[np.intp]]) -> Array:
    """Rows ``(*B, M, e)`` of the drawn keys ``(*R, *B, S)``: ``(*R, *B, S, e)``."""
    rows = np.broadcast_to(rows, (*component.shape[:-1], *rows.shape[-2:]))
    drawn: Array = np.take_along_axis(rows, component[..., None], axis=-2)
    return drawn
