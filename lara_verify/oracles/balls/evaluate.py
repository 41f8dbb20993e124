"""Formulas evaluated in balls narrow enough, and their derivatives."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.balls.dual import Scalar, slope_of, value_of
from lara_verify.oracles.balls.formula import Formula
from lara_verify.oracles.balls.item import Direction, Item, items

Balls = NDArray[np.object_]
"""An array of arb balls."""

RELATIVE_RADIUS = 1e-45
_FIRST_BITS = 256
_LAST_BITS = 8192


def ball_value(problem: Problem, formula: Formula, noise: Any) -> Balls:
    """Estimate of every query as balls, ``(*R, *B, N, e)``, each proven to contain the exact output.

    Parameters
    ----------
    problem
        Its arrays are taken as float64 and exact.
    formula
        What `formula_of` makes.
    noise
        The noise of that estimator, NumPy arrays ``(*R, *B, ...)``.

    Raises
    ------
    OutsideDomainError
        If some ball is wider than `RELATIVE_RADIUS` of its number at 8192 bits: a normaliser that is exactly 0.
    """
    return _narrow(problem, formula, noise, None, value_of, _every_entry)


def ball_derivative(problem: Problem, formula: Formula, noise: Any, direction: Direction) -> Balls:
    """Derivative of the estimate along a direction, on fixed noise, as balls ``(*R, *B, N, e)``.

    Radii are at most `RELATIVE_RADIUS` of the largest entry of the derivative in absolute value.

    Raises
    ------
    OutsideDomainError
        If some ball stays wider: at a kink (a clamp met exactly, a norm of 0), where no derivative exists.
    """
    return _narrow(problem, formula, noise, direction, slope_of, _largest_entry)


def _narrow(
    problem: Problem,
    formula: Formula,
    noise: Any,
    direction: Direction | None,
    part: Callable[[Scalar], Any],
    narrow: Callable[[list[Any]], bool],
) -> Balls:
    from flint import arb, ctx

    replicates = _replicates(problem, formula, noise)
    shape = (*replicates, *problem.batch_shape, problem.n_queries, problem.value_dim)
    bits_before = ctx.prec
    try:
        bits = _FIRST_BITS
        while bits <= _LAST_BITS:
            ctx.prec = bits
            found = np.empty(shape, dtype=object)
            for item in items(problem, direction):
                for replicate, own in _noise_of(item, formula, noise, replicates):
                    rows = formula.rows(item, *own)
                    found[(*replicate, *item.at)] = [[arb(part(entry)) for entry in row] for row in rows]
            if narrow(list(found.ravel())):
                return found
            bits *= 2
    finally:
        ctx.prec = bits_before
    raise OutsideDomainError(f"{type(formula).__name__} is not resolved by {_LAST_BITS} bits on this input")


def _replicates(problem: Problem, formula: Formula, noise: Any) -> tuple[int, ...]:
    if not formula.noise_axes:
        return tuple(noise.replicates)
    shape: tuple[int, ...] = np.shape(noise[0])
    return shape[: len(shape) - formula.noise_axes[0] - len(problem.batch_shape)]


def _noise_of(
    item: Item, formula: Formula, noise: Any, replicates: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], tuple[Any, ...]]]:
    fields = noise if formula.noise_axes else ()
    for replicate in np.ndindex(*replicates):
        yield replicate, tuple(np.asarray(field)[(*replicate, *item.at)] for field in fields)


def _every_entry(balls: list[Any]) -> bool:
    return all(ball.is_finite() and ball.rad() <= RELATIVE_RADIUS * ball.abs_lower() for ball in balls)


def _largest_entry(balls: list[Any]) -> bool:
    if not all(ball.is_finite() for ball in balls):
        return False
    largest = max((ball.abs_lower() for ball in balls), key=lambda size: float(size.log()) if size > 0 else -math.inf)
    return all(ball.rad() <= RELATIVE_RADIUS * largest for ball in balls)
