"""Balls as decimal digits and as float64, and exact distances from them: rational arithmetic, no precision to set."""

import decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from lara_verify.oracles.answer import Answer, Array
from lara_verify.oracles.balls.evaluate import Balls

SIGNIFICANT = 50


class Digits(NamedTuple):
    """A number to `SIGNIFICANT` digits, and how far the exact one may be from what is printed: both decimal strings."""

    value: str
    radius: str


def digits(ball: Any) -> Digits:
    """Print a ball; the radius includes the rounding to digits, and is rounded up."""
    middle = _fraction(ball.mid())
    value = _decimal(middle, SIGNIFICANT, decimal.ROUND_HALF_EVEN)
    radius = _fraction(ball.rad()) + abs(middle - Fraction(value))
    return Digits(str(value), str(_decimal(radius, 3, decimal.ROUND_CEILING)))


def answer(balls: Balls) -> Answer:
    """Nearest float64 of each ball, and a bound of its distance from the exact number."""
    value, error = np.empty(balls.shape), np.empty(balls.shape)
    for at in np.ndindex(balls.shape):
        ball: Any = balls[at]
        middle = _fraction(ball.mid())
        nearest = float(middle)
        value[at] = nearest
        error[at] = np.nextafter(float(_fraction(ball.rad()) + abs(middle - Fraction(nearest))), np.inf)
    return Answer(value, error)


def distances(computed: Array, value: Any, radius: Any) -> tuple[Array, Array]:
    """Largest possible ``|computed - exact|``, and it in units of the last place of the exact number.

    Parameters
    ----------
    computed
        Float64 numbers.
    value, radius
        Arrays of decimal strings of the same shape, as `digits` makes them.

    Returns
    -------
    Two arrays: the distance, and the distance divided by the spacing of float64 at `value`.
    """
    apart, ulp = np.empty(computed.shape), np.empty(computed.shape)
    for at in np.ndindex(computed.shape):
        exact = Fraction(value[at])
        distance = abs(Fraction(float(computed[at])) - exact) + Fraction(radius[at])
        apart[at] = float(distance)
        ulp[at] = float(distance / Fraction(float(np.spacing(abs(float(exact))))))
    return apart, ulp


def _fraction(ball: Any) -> Fraction:
    """Exact rational of a ball of radius 0."""
    mantissa, exponent = (int(part) for part in ball.man_exp())
    return Fraction(mantissa) * Fraction(2) ** exponent


def _decimal(number: Fraction, n_digits: int, rounding: str) -> decimal.Decimal:
    context = decimal.Context(prec=n_digits, rounding=rounding, Emin=-999999, Emax=999999)
    return context.divide(decimal.Decimal(number.numerator), decimal.Decimal(number.denominator))
