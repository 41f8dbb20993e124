"""Certifying a small mean: never one at the tolerance or beyond, nearly always one of zero, and soon."""

import math

import numpy as np
import pytest

from lara_verify.stats.certificate import PRIOR_WEIGHT, SAFE, SmallMeanCertificate, planned_replicates

BETA = 0.05

PATIENCE = 4
"""Times its planned number that a case is given before it ends undecided."""


def certificate(tolerance, low, high, variance):
    return SmallMeanCertificate(*(np.atleast_1d(np.asarray(a, dtype=float)) for a in (tolerance, low, high, variance)))


def blocks(count):
    start = 0
    while start < count:
        yield (size := max(16, start // 6))
        start += size


def test_wealth_is_the_product_of_bets_that_only_the_past_chose(rng):
    """Replicate by replicate, as in the definition; 2,000 logarithms round by less than 1e-9 together."""
    tolerance, low, high, variance = 0.1, -0.5, 1.0, 0.2
    judge = certificate(tolerance, low, high, variance)
    logs, best, seen = np.zeros(2), np.zeros(2), []
    for size in (16, 16, 40, 100, 800):
        block = np.clip(rng.normal(0.0, 0.3, size), low, high)
        n = len(seen) + PRIOR_WEIGHT
        spread = max((PRIOR_WEIGHT * variance + sum(y * y for y in seen)) / n, (high - low) ** 2 / 4 / n**2)
        bet = tolerance / (spread + tolerance**2)
        for side, (sign, most) in enumerate(((1, high), (-1, -low))):
            safe = min(bet, SAFE / (most - tolerance))
            factors = [1 + safe * (tolerance - sign * y) for y in block]
            assert min(factors) >= 1 - SAFE - 1e-12
            logs[side] += sum(map(math.log, factors))
        best = np.maximum(best, logs)
        judge.update(block[:, None])
        seen.extend(block)
        assert judge.log_wealth() == pytest.approx(best.min(), abs=1e-9)


def test_wealth_is_never_negative_on_any_path():
    """Every corner of the box on every block: factors stay at 1 - SAFE or above, so logarithms are finite."""
    low, high = np.array([-0.2, -3.0, -1e-3]), np.array([5.0, 0.1, 1e-3])
    for end in (low, high, np.zeros(3)):
        judge = certificate([0.01, 0.05, 0.1], low, high, [0.0, 1.0, 0.0])
        for size in blocks(500):
            judge.update(np.tile(end, (size, 1)))
        assert np.isfinite(judge._log_wealth).all()
        assert judge.log_wealth() >= 0


def test_no_coordinates_need_no_evidence():
    empty = np.empty(0)
    assert SmallMeanCertificate(empty, empty, empty, empty).log_wealth() == np.inf


@pytest.mark.parametrize("side", [1, -1])
def test_level_at_the_tolerance(centred, rng, most_errors, side):
    """Level 1e-6: 400 sequences whose mean is at the tolerance; P(ever certified) <= .05 each (Ville)."""
    below, above, variance, draw = centred
    tolerance, n = 0.1, 400
    wrong = [certificate(tolerance, -below - tolerance, above + tolerance, variance) for _ in range(n)]
    for size in blocks(800):
        values = draw(rng, (size, n)) + side * tolerance
        for judge, column in zip(wrong, values.T, strict=True):
            judge.update(column[:, None])
    certified = sum(judge.log_wealth() >= -np.log(BETA) for judge in wrong)
    assert certified <= most_errors(n, BETA)


def test_the_level_is_not_split_over_coordinates_and_one_bad_one_is_enough(rng, most_errors):
    """Level 1e-6: 200 sequences of 50 coordinates of which one is at its tolerance; P(certified) <= .05 each."""
    n, certified = 200, 0
    for _ in range(n):
        judge = certificate(np.full(50, 0.2), -np.full(50, 1.2), np.full(50, 1.2), np.full(50, 1.0))
        for size in blocks(800):
            block = rng.choice([-1.0, 1.0], (size, 50))
            block[:, 17] += 0.2
            judge.update(block)
        certified += judge.log_wealth() >= -np.log(BETA)
        assert judge.weakest() == 17 or judge.log_wealth() > 0
    assert certified <= most_errors(n, BETA)


@pytest.mark.parametrize("beta", [1e-6, 1e-8])
@pytest.mark.parametrize("share", [0.3, 0.1])
def test_a_mean_of_zero_is_certified_within_its_patience(centred, rng, beta, share):
    """Power: fails with probability below 1e-8. The hardest law is the rare one at share .1 and beta = 1e-6.

    There the plan is 313 replicates and the bet .5 / .87: log wealth grows by .97 log(1 + .57 * .13) + .03 log(.5)
    = .048 with deviation .76 sqrt(.97 * .03) = .13, to 61 +- 5 after 1,252 replicates, against 13.8 needed.
    """
    below, above, variance, draw = centred
    span = below + above
    tolerance = share * span
    planned = planned_replicates(math.sqrt(variance) / tolerance, 1 / share, beta)
    judge = certificate(*(np.full(4, a) for a in (tolerance, -below, above, variance)))
    for size in blocks(PATIENCE * planned):
        judge.update(draw(rng, (size, 4)))
    assert judge.log_wealth() >= -math.log(beta)


@pytest.mark.parametrize("beta", [1e-6, 1e-8])
def test_no_certificate_comes_much_before_the_plan_allows(centred, rng, beta):
    """The plan is not generous beyond a factor 4: at a quarter of it nothing of mean zero is certified yet.

    A bet is at most ``SAFE / (range - tolerance)``, so log wealth grows by at most the tolerance times that
    a replicate when nothing moves; with variance it grows by ``tolerance^2 / (2 variance)``, a quarter of a plan of
    ``3.5 log(1/beta) variance / tolerance^2`` gaining .44 log(1/beta) on average.
    """
    below, above, variance, draw = centred
    span = below + above
    tolerance = 0.05 * span
    planned = planned_replicates(math.sqrt(variance) / tolerance, 20, beta)
    judge = certificate(*(np.full(16, a) for a in (tolerance, -below, above, variance)))
    total = 0
    for size in blocks(planned // 4):
        total += size
        judge.update(draw(rng, (min(size, planned // 4 - total + size), 16)))
    assert judge.log_wealth() < -math.log(beta)


@pytest.mark.parametrize("times", [1.5, -3.0, 10.0])
def test_beyond_the_tolerance_nothing_is_certified_by_running_long(centred, rng, times):
    """Level: at beta = 1e-6 each e-process ever certifies with probability at most 1e-6."""
    below, above, variance, draw = centred
    tolerance = 0.05
    shift = times * tolerance
    judge = certificate(tolerance, -below - abs(shift), above + abs(shift), variance)
    for size in blocks(50_000):
        judge.update(draw(rng, (size, 1)) + shift)
    assert judge.log_wealth() < -math.log(1e-6)


@pytest.mark.parametrize(
    ("smaller", "larger"), [((1.0, 1.0, 1e-6), (2.0, 1.0, 1e-6)), ((1.0, 1.0, 1e-6), (1.0, 9.0, 1e-6))]
)
def test_the_plan_grows_with_spread_and_range(smaller, larger):
    assert planned_replicates(*smaller) < planned_replicates(*larger)


def test_the_plan_is_its_formula():
    # 2 * 1.75 log(1/beta) sigma^2 + 1.25 log(1/beta) range at log(1/beta) = 10, sigma 3, range 4: 315 + 50
    assert planned_replicates(3.0, 4.0, math.exp(-10)) in (365, 366)
