"""Sums over short lists of scalars: dot products, half squared norms, weighted means."""

from collections.abc import Iterable

from lara_verify.oracles.balls.dual import Scalar
from lara_verify.oracles.balls.item import Row


def total(terms: Iterable[Scalar]) -> Scalar:
    """Add the terms up; the empty sum is 0."""
    from flint import arb

    result = arb(0)
    for term in terms:
        result = result + term
    return result


def dot(a: Row, b: Row) -> Scalar:
    """``a . b``."""
    return total(p * q for p, q in zip(a, b, strict=True))


def add(a: Row, b: Row) -> Row:
    """``a + b``."""
    return [p + q for p, q in zip(a, b, strict=True)]


def half_square(a: Row) -> Scalar:
    """``|a|^2 / 2``."""
    return dot(a, a) / 2


def norm(a: Row) -> Scalar:
    """``|a|``."""
    return dot(a, a).sqrt()


def mean(rows: list[Row]) -> Row:
    """Mean of rows."""
    return [total(column) / len(rows) for column in zip(*rows, strict=True)]


def weighted(weights: Iterable[Scalar], rows: list[Row]) -> Row:
    """``sum_i weight_i row_i``."""
    weights = list(weights)
    return [total(w * entry for w, entry in zip(weights, column, strict=True)) for column in zip(*rows, strict=True)]


def average(weights: Iterable[Scalar], rows: list[Row]) -> Row:
    """``sum_i weight_i row_i / sum_i weight_i``: weights of either sign."""
    weights = list(weights)
    normaliser = total(weights)
    return [entry / normaliser for entry in weighted(weights, rows)]
