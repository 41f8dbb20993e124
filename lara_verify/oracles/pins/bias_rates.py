"""S bias against b1, shown to S = 4096: the gap falls as 1/S, with the coefficient b2 and the next order b3.

The bias is the Laplace oracle's, exact at each S; b1, b2 and b3 are closed forms (`expansion`). With ``g(S) = S bias
- b1 = b2 / S + b3 / S^2 + ..``

    g(4S) / g(S) - 1/4 = -(3/16) b3 / (b2 S) + O(1/S^2),

and a row is ok if the ratio is within twice that of 1/4, and if ``S g`` is within twice ``|b3| / S`` of b2. Where ``2
|b3| / (|b2| S) > 1`` the third order is as large as the second: such an S is shown and not judged.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.expansion import bias_expansion
from lara_verify.oracles.pins.inputs import direction, problem_of
from lara_verify.oracles.ratio import RatioOracle, rfa_proposal
from lara_verify.oracles.sampling import AntitheticProposal, CorrelatedProposal, GaussianProposal, Sampling
from lara_verify.oracles.strata import Stratum

FIRST_JUDGED = 64
NUMBERS_OF_DRAWS = tuple(4**i for i in range(7))


class RateRow(NamedTuple):
    """One number of independent draws, in the output coordinate of largest ``|b1|``.

    Attributes
    ----------
    proposal, n_draws
        What is drawn, and how often; pairs count once.
    scaled_bias, first
        ``S bias`` and ``b1``.
    gap
        ``|S bias - b1| / |b1|``.
    gap_times_draws, expected
        ``S (S bias - b1) / b1``, and what it tends to, ``b2 / b1``.
    ratio
        ``g(S) / g(S / 4)``; NaN in the first row.
    allowed
        How far the ratio may be from 1/4.
    ok
        None where S is too small to be judged.
    """

    proposal: str
    n_draws: int
    scaled_bias: float
    first: float
    gap: float
    gap_times_draws: float
    expected: float
    ratio: float
    allowed: float
    ok: bool | None


def rate_problem() -> Problem:
    """Eight dimensions, of which inputs span two; small ``chi^2``, so that 1/S is the law from moderate S on."""
    return problem_of(8, 2, size=0.3)


def rate_cases(problem: Problem) -> dict[str, tuple[tuple[Stratum, ...], Sampling]]:
    """Proposals by name: the Laplace oracle's strata, and the sampling of the closed forms."""
    mu, zero = direction(problem, 0.3), np.zeros(problem.dim)
    covariance = 1.2 * np.eye(problem.dim) + 0.3 * np.outer(mu, mu) / (mu @ mu)
    return {
        "positive": (rfa_proposal(zero), GaussianProposal()),
        "antithetic": (rfa_proposal(zero, antithetic=True), AntitheticProposal()),
        "shifted": (rfa_proposal(mu), GaussianProposal(mu)),
        "wide": (rfa_proposal(zero, covariance), CorrelatedProposal(covariance)),
    }


def bias_rates() -> Iterator[RateRow]:
    """Rows by proposal and number of draws."""
    problem = rate_problem()
    for name, (strata, sampling) in rate_cases(problem).items():
        expansion = bias_expansion(problem, sampling)
        b1, b2, b3 = (part[_worst(expansion.first)] for part in expansion)
        oracle = RatioOracle(problem, strata)
        draws = strata[0].draws
        values = [float(n * oracle.moments(n * draws).bias.value[_worst(expansion.first)]) for n in NUMBERS_OF_DRAWS]
        yield from judged_rates(name, values, (float(b1), float(b2), float(b3)))


def judged_rates(name: str, scaled: list[float], coefficients: tuple[float, float, float]) -> Iterator[RateRow]:
    """Judge values of ``S bias`` at `NUMBERS_OF_DRAWS` by coefficients b1, b2, b3."""
    b1, b2, b3 = coefficients
    before = np.nan
    for n, value in zip(NUMBERS_OF_DRAWS, scaled, strict=True):
        gap = value - b1
        ratio = gap / before
        small = 2 * abs(b3 / b2) / n  # of the third order, beside the second
        allowed = 2 * (3 / 16) * abs(b3 / b2) / (n / 4)
        ok = None
        if n >= FIRST_JUDGED and 4 * small <= 1:
            ok = bool(abs(ratio - 0.25) <= allowed and abs(n * gap - b2) <= small * abs(b2))
        yield RateRow(name, n, value, b1, abs(gap / b1), n * gap / b1, b2 / b1, ratio, allowed, ok)
        before = gap


def _worst(first: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(np.abs(first).argmax(), first.shape))
