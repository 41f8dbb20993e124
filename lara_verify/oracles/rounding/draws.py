"""f and ell at draws that are themselves computed, and softmax attention: averages over keys."""

from typing import NamedTuple

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import Average, average_bound
from lara_verify.oracles.rounding.symbols import Symbols, centred

_MOST_NUMBERS = 2**19


class Draws(NamedTuple):
    """Draws `w` ``(.., L, d)``; `size`, the absolute values of the parts they are summed from; `error` besides.

    The roundings of a sum of few parts are counted in the products that the draws enter; `error` bounds what else a
    draw may be off by, coordinate by coordinate, from parts that are themselves computed.
    """

    w: Array
    size: Array
    error: Array

    def rows(self, part: slice) -> "Draws":
        """Some of the draws."""
        rows = (..., part, slice(None))
        return Draws(*(np.broadcast_to(array, self.w.shape)[rows] for array in self))


def exact_draws(w: Array) -> Draws:
    """Draws that are the noise itself."""
    return Draws(w, np.abs(w), np.zeros((1, w.shape[-1])))


def transposed(rows: Array) -> Array:
    """Rows as columns."""
    return np.swapaxes(rows, -1, -2)


def at_keys(draws: Draws, of: Symbols, machine: Arithmetic, n_more: int = 0) -> Average:
    """Evaluate f and ell at draws ``(.., L, d)``, over the keys that are visible: to all, or row by row.

    A dot product of d terms of scaled vectors costs ``gamma_{d + 8} |w| . |y|`` (8: the root of the scale, its
    products, ``w = x + y + z``, noise rounded to the dtype), in any order and any association of its factors; the half
    norm ``gamma_{d + 8} |y|^2 / 2``; their sum ``u |a|``. What a draw is off by moves the exponent by ``error . |y|``.
    Rows are taken in blocks, so that no more than a few million numbers are held.
    """
    n_rows, n_keys = draws.w.shape[-2], of.y.shape[-2]
    leading = np.broadcast_shapes(draws.w.shape[:-2], of.y.shape[:-2], of.visible.shape[:-2])
    block = max(1, _MOST_NUMBERS // (n_keys * int(np.prod(leading, dtype=np.int64))))
    if n_rows <= block:
        return _at_keys(draws, of, machine, n_more)
    parts = []
    for first in range(0, n_rows, block):
        part = slice(first, first + block)
        seen = of
        if of.visible.shape[-2] > 1:
            seen = of._replace(visible=of.visible[..., part, :], span=of.span[..., part, :])
        parts.append(_at_keys(draws.rows(part), seen, machine, n_more))
    value, error = (np.concatenate([part[i] for part in parts], axis=-2) for i in (0, 1))
    log_sum, log_error = (np.concatenate([part[i] for part in parts], axis=-1) for i in (2, 3))
    return Average(value, error, log_sum, log_error)


def _at_keys(draws: Draws, of: Symbols, machine: Arithmetic, n_more: int) -> Average:
    gamma = machine.gamma(draws.w.shape[-1] + 8)
    columns, sizes = transposed(of.y), transposed(np.abs(of.y))
    half_norm = 0.5 * np.sum(of.y * of.y, axis=-1)[..., None, :]
    exponent = np.where(of.visible, draws.w @ columns - half_norm, -np.inf)
    delta = gamma * (draws.size @ sizes + half_norm) + draws.error @ sizes
    delta = delta + machine.u * np.abs(np.where(of.visible, exponent, 0.0))
    return average_bound(exponent, delta, of.v, of.span, machine, n_more)


def logits_bound(of: Symbols, machine: Arithmetic) -> tuple[Array, Array]:
    """``x . y`` and a bound on its error, whether keys are centred or not: ``(*B, N, M)``."""
    about, slack = centred(of, machine)
    size = np.maximum(np.abs(of.y), np.abs(about.y) + slack)
    return of.x @ transposed(of.y), machine.gamma(of.x.shape[-1] + 8) * (np.abs(of.x) @ transposed(size))


def attention(of: Symbols, machine: Arithmetic) -> Average:
    """Softmax attention, and the logarithm of Z."""
    logits, delta = logits_bound(of, machine)
    return average_bound(np.where(of.visible, logits, -np.inf), delta, of.v, of.span, machine)
