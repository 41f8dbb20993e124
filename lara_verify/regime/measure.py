r"""What each estimator needs on given inputs: chi^2, effective samples, draws for a stated error; exact or a bound.

The unit of error is the spread of the true output over positions: a relative error of 1 is that of answering with the
mean output everywhere. To first order RFA's mean squared error at n draws is ``T / n`` (`regime` of the oracles); that
holds where ``chi^2 / n`` is small, so n is at least ``10 chi^2``. LARA's T and chi^2 are replaced by their upper bounds
for C landmarks and balance weights. RA's error at n draws is at most that of index sampling over n, at any n. Without
values, the error is that of the normaliser, and RA has none.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lara_estimators import Problem
from lara_verify.oracles.answer import Array, ScaledItem, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.landmarks import plain_landmarks
from lara_verify.oracles.regime import SecondMoments, mixture, second_moments

FIRST_ORDER = 10.0
"""First order is trusted from this many times chi^2 draws on: the normaliser's relative variance is then .1."""

SHARES = (0.1, 0.5, 0.9)
"""Quantiles over queries that are reported: the law of chi^2 has tails too heavy for a mean."""


class Draws(NamedTuple):
    """Log10 of the draws a query needs, at `SHARES` of the queries, and whether linear cost can give them.

    ``answer`` is ``works`` (nine queries in ten need fewer draws than make it as costly as softmax), ``for some`` (half
    of them do) or ``no``.
    """

    log10: tuple[float, ...]
    answer: str


class HeadRegime(NamedTuple):
    """One batch item or head.

    Attributes
    ----------
    at
        Which, in the batch dimensions.
    log10_chi2, log10_chi2_lara
        ``log10(1 + chi^2)`` at `SHARES` of the queries: of RFA exactly, of LARA an upper bound.
    ess
        ``1 / (1 + chi^2)`` of RFA at the median query: the share of draws that count.
    rfa, lara, ra
        Draws needed for the relative error asked for; `ra` is None without values.
    mean_value
        Relative error of answering with the mean of the values; None without values or where outputs do not differ.
    break_even
        Draws at which RFA and LARA cost as many products as softmax: ``N M / (N + M)``.
    """

    at: tuple[int, ...]
    n_queries: int
    n_keys: int
    log10_chi2: tuple[float, ...]
    log10_chi2_lara: tuple[float, ...]
    ess: float
    rfa: Draws
    lara: Draws
    ra: Draws | None
    mean_value: float | None
    break_even: float


def measure(
    problem: Problem, has_values: bool, *, relative_error: float = 0.5, n_proposals: int = 16, n_queries: int = 256
) -> Iterator[HeadRegime]:
    """Measure each head, at up to `n_queries` queries, evenly spaced; all keys count."""
    most = min(n_proposals, problem.n_queries, problem.n_keys)
    marks = plain_landmarks(problem, most)
    for item in scaled_items(problem):
        chosen = np.unique(np.linspace(0, len(item.x) - 1, min(n_queries, len(item.x))).round().astype(int))
        at = tuple(int(i) for i in item.at)
        yield _head(at, item, item.x[chosen], marks[at].mu, has_values, relative_error)


def _head(
    at: tuple[int, ...], whole: ScaledItem, x: Array, mu: Array, has_values: bool, relative_error: float
) -> HeadRegime:
    item = whole._replace(x=x)
    rfa = second_moments(item, np.zeros((1, item.x.shape[1])))
    parts = second_moments(item, mu)
    lara = SecondMoments(mixture(parts.log_chi2)[:, None], mixture(parts.log_trace)[:, None])
    pi = softmax_rows(item.x, item.y)
    output = pi @ item.v
    spread = float(((output - output.mean(axis=0)) ** 2).sum(axis=1).mean()) if has_values else 0.0
    n, m = len(whole.x), len(whole.y)
    break_even = n * m / (n + m)
    allowed = 2 * math.log(relative_error) + (math.log(spread) if spread > 0 else 0.0)

    def needed(moments: SecondMoments) -> Draws:
        with np.errstate(divide="ignore", invalid="ignore"):
            log_chi2 = moments.log_chi2[:, 0] + np.log1p(-np.exp(-np.maximum(moments.log_chi2[:, 0], 0.0)))
        error = moments.log_trace[:, 0] if has_values else log_chi2
        return _draws(np.maximum(error - allowed, math.log(FIRST_ORDER) + log_chi2), break_even)

    ra, mean_value = None, None
    if has_values:
        index = (pi * ((item.v**2).sum(axis=1))).sum(axis=1) - (output**2).sum(axis=1)
        with np.errstate(divide="ignore"):
            ra = _draws(np.log(np.maximum(index, 0.0)) - allowed, math.inf)
        if spread > 0:
            off = ((output - item.v.mean(axis=0)) ** 2).sum(axis=1).mean()
            mean_value = math.sqrt(float(off) / spread)
    return HeadRegime(
        at,
        n,
        m,
        _quantiles(rfa.log_chi2[:, 0] / math.log(10)),
        _quantiles(lara.log_chi2[:, 0] / math.log(10)),
        float(np.exp(-np.median(rfa.log_chi2))),
        needed(rfa),
        needed(lara),
        ra,
        mean_value,
        break_even,
    )


def _draws(log_needed: Array, break_even: float) -> Draws:
    """At least one draw is needed, whatever the theory of many says."""
    log10 = _quantiles(np.maximum(log_needed, 0.0) / math.log(10))
    enough = [number <= math.log10(break_even) for number in log10]
    return Draws(log10, "works" if enough[2] else "for some" if enough[1] else "no")


def _quantiles(numbers: Array) -> tuple[float, ...]:
    return tuple(float(number) for number in np.quantile(numbers, SHARES))
