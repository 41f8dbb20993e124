"""Scalars of the formulas: balls, and dual numbers of balls, which carry one exact directional derivative along.

A formula is written once, over scalars that can be added, multiplied, divided and put through exp, sqrt, cos and the
functions below. On `arb` it gives a ball that contains the value; on `Dual` also one that contains the derivative
along the direction that the inputs were seeded with (forward-mode differentiation: the chain rule, not a difference).
"""

from typing import Any

Scalar = Any
"""A flint ``arb`` or a `Dual`; flint has no types."""


class Dual:
    """``value + slope epsilon`` with ``epsilon^2 = 0``, both balls."""

    __slots__ = ("slope", "value")

    def __init__(self, value: Any, slope: Any) -> None:
        self.value = value
        self.slope = slope

    def __add__(self, other: Scalar) -> "Dual":
        return Dual(self.value + value_of(other), self.slope + slope_of(other))

    __radd__ = __add__

    def __neg__(self) -> "Dual":
        return Dual(-self.value, -self.slope)

    def __sub__(self, other: Scalar) -> "Dual":
        return Dual(self.value - value_of(other), self.slope - slope_of(other))

    def __rsub__(self, other: Scalar) -> "Dual":
        return Dual(other - self.value, -self.slope)

    def __mul__(self, other: Scalar) -> "Dual":
        if not isinstance(other, Dual):
            return Dual(self.value * other, self.slope * other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    __rmul__ = __mul__

    def __truediv__(self, other: Scalar) -> "Dual":
        if not isinstance(other, Dual):
            return Dual(self.value / other, self.slope / other)
        quotient = self.value / other.value
        return Dual(quotient, (self.slope - quotient * other.slope) / other.value)

    def __rtruediv__(self, other: Scalar) -> "Dual":
        quotient = other / self.value
        return Dual(quotient, -quotient * self.slope / self.value)

    def exp(self) -> "Dual":
        """``(e^u)' = e^u u'``."""
        power = self.value.exp()
        return Dual(power, power * self.slope)

    def cos(self) -> "Dual":
        """``(cos u)' = -sin(u) u'``."""
        return Dual(self.value.cos(), -self.value.sin() * self.slope)

    def sqrt(self) -> "Dual":
        """``(u^.5)' = u' / (2 u^.5)``: undefined where u is 0, the kink of a norm, even if u' is 0 there."""
        root = self.value.sqrt()
        return Dual(root, self.slope / (2 * root))


def value_of(scalar: Scalar) -> Scalar:
    """Take the ball of the value."""
    return scalar.value if isinstance(scalar, Dual) else scalar


def slope_of(scalar: Scalar) -> Scalar:
    """Take the ball of the derivative: exactly 0 for what does not depend on the inputs."""
    return scalar.slope if isinstance(scalar, Dual) else 0


def larger(one: Scalar, other: Scalar) -> Scalar:
    """Maximum; where balls overlap, the slope is a ball about both: wide at a kink, which then is refused."""
    value = _ball(one).max(_ball(other))
    if not (isinstance(one, Dual) or isinstance(other, Dual)):
        return value
    if value_of(one) > value_of(other):
        return Dual(value, _ball_of_slope(one))
    if value_of(one) < value_of(other):
        return Dual(value, _ball_of_slope(other))
    return Dual(value, _ball_of_slope(one).union(_ball_of_slope(other)))


def smaller(one: Scalar, other: Scalar) -> Scalar:
    """Minimum, likewise."""
    return -larger(-one, -other)


def angle_between(a: list[Scalar], b: list[Scalar]) -> Scalar:
    """Angle of two vectors in [0, pi], from ``atan2(|a ^ b|, a . b)``; pi / 2 if one of them is 0.

    ``|a ^ b|^2`` is the sum of ``(a_i b_j - a_j b_i)^2``: exactly 0 for float64 vectors that are parallel, where the
    arc cosine of a ball about 1 would be undefined.
    """
    from flint import arb

    dot, wedge = arb(0), arb(0)
    for i, (a_i, b_i) in enumerate(zip(a, b, strict=True)):
        dot = dot + a_i * b_i
        for a_j, b_j in zip(a[:i], b[:i], strict=True):
            minor = a_i * b_j - a_j * b_i
            wedge = wedge + minor * minor
    if all(value_of(u).is_zero() for u in a) or all(value_of(u).is_zero() for u in b):
        return arb.pi() / 2
    opposite = wedge.sqrt()
    angle = arb.atan2(value_of(opposite), value_of(dot))
    if not (isinstance(opposite, Dual) or isinstance(dot, Dual)):
        return angle
    squares = value_of(dot) * value_of(dot) + value_of(wedge)
    return Dual(angle, (value_of(dot) * slope_of(opposite) - value_of(opposite) * slope_of(dot)) / squares)


def _ball(scalar: Scalar) -> Any:
    from flint import arb

    return arb(value_of(scalar))


def _ball_of_slope(scalar: Scalar) -> Any:
    from flint import arb

    return arb(slope_of(scalar))
