"""Ratios of means by paired bets: level at the boundary, power beyond it, intervals that hold.

Level: by Ville the wealth of a true null passes ``1/nominal`` with probability at most ``nominal``, whenever one looks;
`most_errors` is what that allows at 1e-6.
"""

import math

import numpy as np
import pytest

from lara_verify.stats.coordinates import SHARES
from lara_verify.stats.paired_ratio import PairedRatio


def squares(rng, n, scale):
    """Squared errors of one shared cause: correlated, skewed, in [0, scale]."""
    return scale * rng.beta(0.5, 6.0, n) ** 2


def filled(a, b, high_a=1.0, high_b=1.0, **options):
    pairs = PairedRatio(high_a, high_b, **options)
    for part in np.array_split(np.arange(len(a)), 7):
        pairs.update(a[part], b[part])
    return pairs


LAWS = {
    "independent": lambda rng, n: (squares(rng, n, 0.6), squares(rng, n, 1.0)),
    "shared": lambda rng, n: (lambda s: (0.6 * s, s))(squares(rng, n, 1.0)),
    "rare": lambda rng, n: ((rng.random(n) < 0.06) * 1.0, (rng.random(n) < 0.1) * 1.0),
    "opposed": lambda rng, n: (lambda u: (0.6 * u**2, (1 - u) ** 2))(rng.random(n)),
}
"""Each has ratio .6 exactly: ``E u^2 = E (1 - u)^2`` for a uniform u."""


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("side", ["above", "below"])
def test_level_at_the_boundary_with_a_look_at_every_block(law, side, rng, most_errors):
    """400 sequences at nominal .05; an even stream of looks is the most that optional stopping can do."""
    errors = 0
    for _ in range(400):
        pairs, best = PairedRatio(1.0, 1.0), -math.inf
        for _ in range(40):
            pairs.update(*LAWS[law](rng, 50))
            best = max(best, getattr(pairs, f"log_wealth_{side}")(0.6))
        errors += best >= math.log(20)
    assert errors <= most_errors(400, 0.05)


@pytest.mark.parametrize("law", LAWS)
def test_a_ratio_off_by_a_quarter_is_seen(law, rng):
    """Power: 60,000 pairs say at 1e-6 that the ratio is below .8 and above .45; both fail below 1e-6 on these laws."""
    pairs = filled(*LAWS[law](rng, 60_000))
    assert pairs.log_wealth_below(0.8) > math.log(1e6)
    assert pairs.log_wealth_above(0.45) > math.log(1e6)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("n", [50, 2_000, 100_000])
def test_the_interval_holds_the_ratio_and_its_ends_are_excluded(law, n, rng):
    """Coverage fails with probability at most 2e-6."""
    pairs = filled(*LAWS[law](rng, n))
    low, high = pairs.interval(1e-6)
    assert low <= 0.6 <= high
    assert low < pairs.ratio < high
    needed = math.log(1e6) - 1e-6
    assert low == 0 or pairs.log_wealth_above(low) >= needed
    assert math.isinf(high) or pairs.log_wealth_below(high) >= needed
    assert pairs.log_wealth_above(pairs.ratio) <= 1e-9
    assert pairs.log_wealth_below(pairs.ratio) <= 1e-9


def test_intervals_shrink():
    rng = np.random.default_rng(0)
    widths = [np.diff(filled(*LAWS["shared"](rng, n)).interval(1e-3))[0] for n in (2_000, 20_000, 200_000)]
    assert widths[0] > widths[1] > widths[2]


@pytest.mark.parametrize("ratio", [0.2, 1.0, 3.0])
def test_wealth_is_at_most_that_of_the_bets_it_bounds(ratio, rng):
    """The parabola lies below the logarithm, bet by bet; so does the average."""
    a, b = LAWS["independent"](rng, 3_000)
    pairs = filled(a, b)
    difference = a - ratio * b
    above = [np.log1p(c / ratio * difference).sum() for c in SHARES]
    below = [np.log1p(-c * difference).sum() for c in SHARES]
    assert pairs.log_wealth_above(ratio) <= np.logaddexp.reduce(above) - math.log(len(SHARES)) + 1e-9
    assert pairs.log_wealth_below(ratio) <= np.logaddexp.reduce(below) - math.log(len(SHARES)) + 1e-9


def test_units_do_not_matter(rng):
    a, b = LAWS["independent"](rng, 5_000)
    one, other = filled(a, b), filled(7 * a, 0.1 * b, 7.0, 0.1)
    assert other.ratio == pytest.approx(70 * one.ratio)
    assert other.log_wealth_below(70 * 0.8) == pytest.approx(one.log_wealth_below(0.8))
    assert np.array(other.interval(1e-3)) == pytest.approx(70 * np.array(one.interval(1e-3)), rel=1e-6)


def test_slack_allows_for_rounding_and_no_more(rng):
    """Means that differ by the slack alone are not told apart however long one looks; by ten times that they are."""
    b = squares(rng, 200_000, 1.0)
    slack = 1e-4
    within = filled(np.minimum(b + 2 * slack, 1.0), b, slack=slack)
    beyond = filled(np.minimum(b + 20 * slack, 1.0), b, slack=slack)
    assert within.log_wealth_above(1.0) < math.log(20)
    assert beyond.log_wealth_above(1.0) > math.log(1e6)


def test_nothing_seen_excludes_nothing():
    empty = PairedRatio(1.0, 1.0)
    assert empty.interval(1e-6) == (0.0, math.inf)
    assert math.isnan(empty.ratio)
    assert empty.log_wealth_above(1.0) == empty.log_wealth_below(1.0) == 0.0
    still = filled(np.zeros(100), np.zeros(100))
    assert still.interval(1e-6) == (0.0, math.inf)
