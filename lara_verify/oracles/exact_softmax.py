"""Softmax attention in ball arithmetic: the target of every estimator, with a proven error.

Quantity: ``A(x) = sum_m exp(scale q.k_m) v_m / sum_m exp(scale q.k_m)`` over the keys that take part
(estimators.md, section 1).

Method: the formula in arb balls (F. Johansson, *Arb: efficient arbitrary-precision midpoint-radius interval
arithmetic*, IEEE Trans. Computers 66, 2017; python-flint): inputs are float64 and therefore exact, every operation
encloses its result, and the working precision is doubled until each ball is narrower than a float64 can show. The
radius given back includes the rounding of the midpoint to float64, and is rounded upwards.

Domain: any problem whose logits float64 can hold.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Answer, Array, OutsideDomainError, ScaledItem, per_query, raw_items

if TYPE_CHECKING:
    from flint import arb, arb_mat

_FIRST_BITS = 128
_LAST_BITS = 1024
_TARGET_BITS = 60  # balls narrower than 2**-60 of the largest value: the float64 rounding then dominates


def exact_softmax(problem: Problem) -> Answer:
    """Softmax attention, rigorously.

    Parameters
    ----------
    problem
        Any problem; scale, mask and broadcasting batch dimensions are followed.

    Returns
    -------
    Answer
        ``value`` ``(*B, N, e)`` and its proven radius ``error``: ``|value - A| <= error`` for the real-number ``A`` of
        the float64 inputs, with ``error`` at most one unit in the last place of the largest value.

    Raises
    ------
    OutsideDomainError
        If the balls stay too wide at the highest precision, which takes logits beyond the range of float64.
    """
    value = per_query(problem, problem.value_dim)
    radius = per_query(problem, problem.value_dim)
    for item in raw_items(problem):
        value[item.at], radius[item.at] = _attention(item, problem.scale)
    return Answer(value, radius)


def _attention(item: ScaledItem, scale: float) -> tuple[Array, Array]:
    from flint import ctx

    shape = (item.x.shape[0], item.v.shape[1])
    wanted = np.abs(item.v).max() * 2.0**-_TARGET_BITS
    bits_before = ctx.prec
    try:
        bits = _FIRST_BITS
        while bits <= _LAST_BITS:
            ctx.prec = bits
            balls = _balls(item, scale)
            if all(float(b.rad()) <= wanted for b in balls):
                rounded = [_to_float64(b) for b in balls]
                value = np.array([r[0] for r in rounded]).reshape(shape)
                return value, np.array([r[1] for r in rounded]).reshape(shape)
            bits *= 2
    finally:
        ctx.prec = bits_before
    raise OutsideDomainError(
        f"softmax is not resolved by {_LAST_BITS} bits; expected logits within the range of float64"
    )


def _balls(item: ScaledItem, scale: float) -> list[Any]:
    """Row-major balls that contain ``A``, ``(N, e)``."""
    from flint import arb, arb_mat

    queries, keys, values = _matrix(item.x), _matrix(item.y), _matrix(item.v)
    logits = (queries * keys.transpose()).tolist()
    rows = []
    for row in logits:
        scaled = [arb(scale) * logit for logit in row]
        top = max(scaled, key=lambda ball: float(ball.mid()))  # any shift is exact; this one avoids huge exponents
        weights = [(logit - top).exp() for logit in scaled]
        normaliser = sum(weights, arb(0))
        rows.append([w / normaliser for w in weights])
    return list((arb_mat(rows) * values).entries())


def _matrix(array: Array) -> "arb_mat":
    from flint import arb_mat

    return arb_mat(array.shape[0], array.shape[1], array.ravel().tolist())


def _to_float64(ball: "arb") -> tuple[float, float]:
    """Nearest float64 of the midpoint, and an upper bound of its distance from every point of the ball."""
    value = float(ball.mid())
    distance = float((ball - value).abs_upper())
    return value, float(np.nextafter(distance, np.inf))
