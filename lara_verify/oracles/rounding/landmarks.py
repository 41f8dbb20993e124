"""LARA's proposals as they are computed: their means, the parts they are summed from, and how far they may be off."""

from typing import Any, NamedTuple

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import average_bound
from lara_verify.oracles.rounding.draws import transposed
from lara_verify.oracles.rounding.symbols import Booleans, Symbols, centred


class Part(NamedTuple):
    """Rows ``(*B, C, d)``, the absolute values of the parts they are summed from, and what they are off by."""

    value: Array
    size: Array
    error: Array


class Landmarks(NamedTuple):
    """``mu`` and ``x_bar`` of every proposal; ``kept`` ``(*B, C)`` those that have a key; ``of`` in keys as centred."""

    mu: Part
    x_bar: Part
    kept: Booleans
    of: Symbols


def landmarks(of: Symbols, n_proposals: int, proposals: str, given: Any, machine: Arithmetic) -> Landmarks:
    r"""Means over segments, of which a sum of n rows and a division are off by ``gamma_{n + 2} mean |row|``.

    ``mixed`` averages the means of keys with weights exp of ``y_bar_c . y_bar_c'``, in keys not centred: their
    exponents are off as dot products of rows that are off themselves. ``value-mixed`` adds ``log |v_bar_c'|``, between
    the logarithms of the norm less and plus what it may be off by. Landmarks that are given are rounded to the dtype
    once, and once more where the vector that was taken off the keys is taken off their means.
    """
    about, slack = centred(of, machine)
    if proposals == "given":
        mu = _rounded(given.mu, machine)
        x_bar = mu if given.x_bar is None else _rounded(given.x_bar, machine)
        moved = mu.value - np.sum(of.y, axis=-2, keepdims=True) / np.sum(of.takes_part, axis=-1)[..., None, None]
        mu = Part(moved, np.abs(moved) + slack, mu.error + machine.u * (np.abs(moved) + slack))
        return Landmarks(mu, x_bar, np.ones(mu.value.shape[:-1], dtype=bool), about)
    every = np.ones(of.x.shape[-2], dtype=bool)
    x_bar, y_bar = _means(of.x, every, n_proposals, machine), _means(about.y, of.takes_part, n_proposals, machine)
    kept = segment_sums(of.takes_part[..., None] * 1.0, n_proposals)[..., 0] > 0
    if proposals != "plain":
        logits, delta = _affinities(of, n_proposals, proposals, machine)
        exponent = np.where(kept[..., None, :], logits, -np.inf)
        rows = np.where(kept[..., None], y_bar.value, np.nan)
        span = np.nanmax(rows, axis=-2, keepdims=True) - np.nanmin(rows, axis=-2, keepdims=True)
        mixed = average_bound(exponent, delta, y_bar.value, span, machine, carried=y_bar.error)
        most = np.max(np.where(kept[..., None], y_bar.size, 0.0), axis=-2, keepdims=True)
        y_bar = Part(mixed.value, np.broadcast_to(most, mixed.value.shape), mixed.error)
    mu = Part(x_bar.value + y_bar.value, x_bar.size + y_bar.size + slack, x_bar.error + y_bar.error)
    return Landmarks(mu, x_bar, kept, about)


def _rounded(rows: Any, machine: Arithmetic) -> Part:
    value = np.asarray(rows, dtype=np.float64)
    return Part(value, np.abs(value), machine.u * np.abs(value))


def segment_sums(rows: Any, n_segments: int) -> Array:
    """Sums of contiguous segments of rows, longer ones first: ``(.., C, n)``."""
    starts = np.cumsum([0] + [len(part) for part in np.array_split(np.arange(rows.shape[-2]), n_segments)[:-1]])
    return np.asarray(np.add.reduceat(rows, starts, axis=-2))


def _means(rows: Array, keep: Booleans, n_segments: int, machine: Arithmetic) -> Part:
    counts = np.maximum(segment_sums(keep[..., None] * 1.0, n_segments), 1.0)
    value, size = (segment_sums(part * keep[..., None], n_segments) / counts for part in (rows, np.abs(rows)))
    longest = -(-rows.shape[-2] // n_segments)
    return Part(value, size, machine.gamma(longest + 2) * size)


def _affinities(of: Symbols, n_proposals: int, proposals: str, machine: Arithmetic) -> tuple[Array, Array]:
    """``y_bar_c . y_bar_c'`` in keys not centred, with what value-mixed adds, and the error: ``(*B, C, C)``."""
    y_bar = _means(of.y, of.takes_part, n_proposals, machine)
    logits = y_bar.value @ transposed(y_bar.value)
    off = np.abs(y_bar.value) @ transposed(y_bar.error)
    delta = machine.gamma(of.y.shape[-1] + 8) * (y_bar.size @ transposed(y_bar.size)) + off + np.swapaxes(off, -1, -2)
    if proposals == "value-mixed":
        v_bar = _means(of.v, of.takes_part, n_proposals, machine)
        norm = np.linalg.norm(v_bar.value, axis=-1)
        error = np.linalg.norm(v_bar.error, axis=-1) + machine.gamma(of.v.shape[-1] + 4) * norm
        nothing = np.all(norm == 0, axis=-1, keepdims=True)
        norm = np.where(nothing, 1.0, norm)
        with np.errstate(divide="ignore"):
            log_norm = np.log(norm)
            spread = np.log(norm + error) - np.log(np.maximum(norm - error, machine.tiny))
        logits = logits + log_norm[..., None, :]
        delta = delta + np.where(norm > 0, spread, 0.0)[..., None, :]
    finite = np.where(np.isfinite(logits), logits, 0.0)
    return logits, delta + 2 * machine.u * np.abs(finite)
