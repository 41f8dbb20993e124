"""S bias goes to b1 with a gap that falls as 1/S; the judge of that is tried on wrong coefficients and wrong biases."""

import numpy as np
import pytest

from lara_verify.oracles.pins.bias_rates import FIRST_JUDGED, NUMBERS_OF_DRAWS, bias_rates, judged_rates

ROWS = list(bias_rates())
PROPOSALS = ("positive", "antithetic", "shifted", "wide")


def scaled(name):
    return [row.scaled_bias for row in ROWS if row.proposal == name]


def coefficients(name):
    """b1 and b2 as the rows show them, b3 from what they allow."""
    last = [row for row in ROWS if row.proposal == name][-1]
    b2 = last.expected * last.first
    return last.first, b2, last.allowed / 2 * (16 / 3) * (last.n_draws / 4) * b2


@pytest.mark.parametrize("name", PROPOSALS)
def test_the_gap_falls_as_one_over_s_to_4096(name):
    rows = [row for row in ROWS if row.proposal == name]
    assert [row.n_draws for row in rows] == list(NUMBERS_OF_DRAWS)
    assert rows[-1].n_draws == 4096
    late = [row for row in rows if row.n_draws >= FIRST_JUDGED]
    assert all(row.ok for row in late)
    assert rows[-1].ratio == pytest.approx(0.25, abs=0.005)
    assert rows[-1].gap_times_draws == pytest.approx(rows[-1].expected, rel=0.005)
    assert rows[-1].gap < 1e-3 < rows[0].gap


def verdicts(values, b):
    return [row.ok for row in judged_rates("tried", values, b) if row.n_draws >= FIRST_JUDGED]


@pytest.mark.parametrize("name", PROPOSALS)
def test_wrong_coefficients_and_wrong_biases_are_seen(name):
    b1, b2, b3 = coefficients(name)
    values = scaled(name)
    assert all(verdicts(values, (b1, b2, b3)))
    wrong = {
        "b1 off by a thousandth": (values, (1.001 * b1, b2, b3)),
        "b2 of the wrong sign": (values, (b1, -b2, b3)),
        "b2 halved": (values, (b1, b2 / 2, b3 / 2)),
        "bias off by a ten-thousandth": ([1.0001 * value for value in values], (b1, b2, b3)),
        "a gap that falls as the root": (
            [b1 + (v - b1) * np.sqrt(n) for v, n in zip(values, NUMBERS_OF_DRAWS, strict=True)],
            (b1, b2, b3),
        ),
    }
    for fault, (tried, b) in wrong.items():
        assert False in verdicts(tried, b), fault
