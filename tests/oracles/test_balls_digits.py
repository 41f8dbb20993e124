"""Decimal digits and float64 of a ball contain it; distances are exact."""

from fractions import Fraction

import numpy as np
import pytest

from lara_verify.oracles.balls.digits import answer, digits, distances


@pytest.fixture(autouse=True)
def precision():
    from flint import ctx

    before, ctx.prec = ctx.prec, 256
    yield
    ctx.prec = before


def some_balls():
    from flint import arb

    exact = [arb(2).sqrt(), -arb.pi() * arb(10) ** 300, arb(1) / 3 * arb(10) ** -400, arb(1), arb(0), arb(3.5, 0.25)]
    return [*exact, arb(1) / 3 + arb(0, 1e-60)]


def fraction(ball):
    mantissa, exponent = (int(part) for part in ball.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


@pytest.mark.parametrize("ball", some_balls(), ids=str)
def test_printed_digits_and_radius_contain_the_ball(ball):
    printed = digits(ball)
    value, radius = Fraction(printed.value), Fraction(printed.radius)
    middle, own = fraction(ball.mid()), fraction(ball.rad())
    assert value - radius <= middle - own
    assert middle + own <= value + radius
    assert abs(value - middle) <= Fraction(10) ** -49 / 2 * abs(middle)
    assert radius <= Fraction(101, 100) * (own + abs(value - middle))


def test_fifty_digits_are_those_of_the_number():
    from flint import arb

    assert digits(arb(2).sqrt()).value == "1.4142135623730950488016887242096980785696718753769"
    assert digits(arb(2)) == ("2", "0")


def test_answer_is_the_nearest_float64():
    from flint import arb

    balls = np.array([[arb(1) / 3, arb(1)]], dtype=object)
    found = answer(balls)
    assert found.value.tolist() == [[1 / 3, 1.0]]
    assert 1e-17 < found.error[0, 0] < 2e-17
    assert found.error[0, 1] <= 5e-324


def test_distances_are_exact():
    """2 and the next float64 below, from 2 + 1e-30 with a radius of 1e-40."""
    computed = np.array([2.0, np.nextafter(2.0, 0)])
    value, radius = np.array(["2." + "0" * 29 + "1"] * 2, object), np.array(["1e-40"] * 2, object)
    tiny = Fraction(10) ** -30 + Fraction(10) ** -40
    apart, ulp = distances(computed, value, radius)
    assert apart.tolist() == [float(tiny), float(Fraction(2) ** -52 + tiny)]
    assert np.allclose(ulp, [1e-30 / 2.0**-51, 0.5], rtol=1e-9, atol=0)
