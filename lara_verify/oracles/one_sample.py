"""Mean and variance of one random-feature draw, by quadrature.

``f(w) = sum_m softmax_m(w.y_m - |y_m|**2 / 2) v_m`` is what every random-feature estimator averages (estimators.md,
section 1):

- RFA with one sample *is* ``f(w)``, ``w ~ N(0, I)``: one weight, normalised to one. Its mean and variance are the
  same for every query.
- Randomized attention averages ``f(w)``, ``w ~ p_x = sum_m pi_m(x) N(x + y_m, I)``: its mean is softmax attention,
  exactly (kept here as a cross-check of the quadrature), and its variance per draw is ``E_{p_x} (f - A)**2``.
- Stratified randomized attention cuts the keys into C contiguous chunks of masses ``Z_c`` and adds ``Z_c / Z`` times
  the mean of S draws of randomized attention over each chunk alone, independently: its variance is ``sum_c (Z_c /
  Z)**2 Var_c / S``, each ``Var_c`` as above with the keys of the chunk.

Only ``w.y_m`` enters, so the dimension that counts is that of span(y), with ``x`` projected on it. Errors are as
`quadrature` and `span` say, relative to the range of each value coordinate.

Domain: the keys that take part span at most 3 dimensions.
"""

from collections.abc import Callable

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import (
    Answer,
    Array,
    OutsideDomainError,
    ScaledItem,
    per_query,
    refuse_causal,
    scaled_items,
)
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.landmarks import segments
from lara_verify.oracles.quadrature import gaussian_expectation
from lara_verify.oracles.span import SECOND_ORDER, Span, span_of


def feature_value(w: Array, y: Array, v: Array) -> Array:
    """``f(w)``, ``(..., e)``, for draws ``w`` ``(..., r)``, keys ``y`` ``(M, r)`` and values ``v`` ``(M, e)``."""
    logits = w @ y.T - 0.5 * (y**2).sum(axis=1)
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray((weights / weights.sum(axis=-1, keepdims=True)) @ v)


def rfa_mean_at_one_sample(problem: Problem) -> Answer:
    """``E f(w)``, ``w ~ N(0, I)``: the mean of RFA at S = 1, ``(*B, N, e)``, equal for all queries."""
    return _for_each_item(problem, _rfa_mean, moment=1)


def rfa_variance_at_one_sample(problem: Problem) -> Answer:
    """``Var f(w)``, ``w ~ N(0, I)``: RFA's variance at S = 1 per coordinate, ``(*B, N, e)``, equal for all queries."""
    return _for_each_item(problem, _rfa_variance, moment=2)


def ra_mean(problem: Problem) -> Answer:
    """``E f(w)``, ``w ~ p_x``: equal to softmax attention by theory, here computed without that theory."""
    return _for_each_item(problem, _ra_mean, moment=1)


def ra_variance(problem: Problem) -> Answer:
    """``Var f(w)``, ``w ~ p_x``: the variance of randomized attention per draw and coordinate, ``(*B, N, e)``."""
    return _for_each_item(problem, _ra_variance, moment=2)


def stratified_ra_variance(problem: Problem, n_chunks: int, n_samples: int) -> Answer:
    """Variance of stratified randomized attention per coordinate, ``(*B, N, e)``, with `n_samples` draws in all.

    Chunks are those of `numpy.array_split` over all keys; one in which no key takes part adds nothing.

    Raises
    ------
    OutsideDomainError
        If the chunks are not 1 to M, the samples no positive multiple of them, the problem causal, or the keys of a
        chunk span more than 3 dimensions.
    """
    refuse_causal(problem, "a chunk")
    if not 1 <= n_chunks <= problem.n_keys or n_samples < 1 or n_samples % n_chunks:
        raise OutsideDomainError(
            f"n_chunks is {n_chunks} and n_samples {n_samples}; expected 1 to {problem.n_keys} chunks and a multiple "
            "of their number"
        )
    value, error = (per_query(problem, problem.value_dim) for _ in range(2))
    for item in scaled_items(problem):
        pi = softmax_rows(item.x, item.y)
        place = np.cumsum(item.kept) - 1  # where a key of the problem is among those that take part
        for chunk in segments(problem.n_keys, n_chunks):
            keys = [place[m] for m in chunk if item.kept[m]]
            if keys:
                known = _projected(item._replace(y=item.y[keys], v=item.v[keys]), _ra_variance, moment=2)
                share = pi[:, keys].sum(axis=1)[:, None] ** 2 * n_chunks / n_samples
                value[item.at] += share * known.value
                error[item.at] += share * known.error
    return Answer(value, error)


def _for_each_item(problem: Problem, quantity: Callable[[ScaledItem, Span], Answer], *, moment: int) -> Answer:
    value, error = (per_query(problem, problem.value_dim) for _ in range(2))
    for item in scaled_items(problem):
        value[item.at], error[item.at] = _projected(item, quantity, moment=moment)
    return Answer(value, error)


def _projected(item: ScaledItem, quantity: Callable[[ScaledItem, Span], Answer], *, moment: int) -> Answer:
    """The quantity in the coordinates of span(y), with what the projection neglects."""
    span = span_of(item.y)
    middle = item.v.mean(axis=0)  # centred: an offset of the values must not set the error
    known = quantity(item._replace(x=item.x @ span.basis, y=item.y @ span.basis, v=item.v - middle), span)
    value = known.value + middle if moment == 1 else known.value
    return Answer(value, known.error + SECOND_ORDER * span.neglected * np.ptp(item.v, axis=0) ** moment)


def _rfa_mean(item: ScaledItem, span: Span) -> Answer:
    return gaussian_expectation(lambda z: feature_value(z, item.y, item.v), span.dim, bound=np.abs(item.v).max(axis=0))


def _rfa_variance(item: ScaledItem, span: Span) -> Answer:
    mean = _rfa_mean(item, span)
    spread = np.ptp(item.v, axis=0)

    def square(z: Array) -> Array:
        return (feature_value(z, item.y, item.v) - mean.value) ** 2

    known = gaussian_expectation(square, span.dim, bound=spread**2)
    return Answer(known.value, known.error + mean.error**2)


def _ra_mean(item: ScaledItem, span: Span) -> Answer:
    bound = np.broadcast_to(np.abs(item.v).max(axis=0), (len(item.x), item.v.shape[1]))
    return gaussian_expectation(_mixture_of(item, lambda f: f), span.dim, bound=bound)


def _ra_variance(item: ScaledItem, span: Span) -> Answer:
    attention = softmax_rows(item.x, item.y) @ item.v
    bound = np.broadcast_to(np.ptp(item.v, axis=0) ** 2, attention.shape)
    return gaussian_expectation(_mixture_of(item, lambda f: (f - attention) ** 2), span.dim, bound=bound)


def _mixture_of(item: ScaledItem, function: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """Integrand ``z -> sum_m pi_m(x_n) function(f(x_n + y_m + z))``, from ``(P, r)`` to ``(P, N, e)``."""
    pi = softmax_rows(item.x, item.y)

    def integrand(z: Array) -> Array:
        total = np.zeros((len(z), len(item.x), item.v.shape[1]))
        for m, key in enumerate(item.y):
            w = z[:, None, :] + item.x + key
            total += pi[:, m, None] * function(feature_value(w, item.y, item.v))
        return total

    return integrand
