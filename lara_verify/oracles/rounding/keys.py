"""Bounds of the estimators that draw keys: i.i.d., by inclusion, or from the tail of an exact set."""

import math

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import average_bound
from lara_verify.oracles.rounding.draws import logits_bound, transposed
from lara_verify.oracles.rounding.setting import Pair, Setting
from lara_verify.oracles.rounding.symbols import Symbols, drawn


def key_sampling(setting: Setting) -> Pair:
    r"""Of `keys[..]`: an average over drawn keys, exponents ``x . y - log q``.

    ``q`` is a constant, a norm of e terms with the mean of M such, or given and divided by a sum: off by
    ``gamma_{M + e + 12}`` times itself. A key drawn often counts as often.
    """
    of, noise, machine, formula = setting
    component = np.asarray(noise.component)
    logits, error = logits_bound(of, machine)
    law = formula.option("value-norm", "given", default="uniform")
    if law == "uniform":
        log_q = np.zeros(of.y.shape[-2])
    elif law == "value-norm":
        norm = np.linalg.norm(of.v, axis=-1)
        mean = np.sum(norm, axis=-1, keepdims=True) / np.sum(of.takes_part, axis=-1, keepdims=True)
        log_q = _logarithm(norm + mean)
    else:
        given = np.where(of.takes_part, np.asarray(formula.field("proposal").probabilities, dtype=np.float64), 0.0)
        log_q = _logarithm(given / np.sum(given, axis=-1, keepdims=True))
    log_q = log_q[..., None, :]
    exponent = logits - log_q
    delta = error + 2 * machine.u * (np.abs(exponent) + np.abs(log_q)) + machine.gamma(sum(of.v.shape[-2:]) + 12)
    exponent, delta = (transposed(drawn(transposed(rows), component, 1)) for rows in (exponent, delta))
    average = average_bound(exponent, delta, drawn(of.v, component, 1), of.span, machine)
    return average.error, average.value


def _logarithm(positive: Array) -> Array:
    return np.log(np.where(positive > 0, positive, 1.0))


def poisson_sampling(setting: Setting) -> Pair:
    r"""Of `poisson[..]`: an average over included keys, exponents ``x . y - log rho``; of all keys where none is.

    ``rho = min(1, n g_m / sum g)`` lies between its values at the ends of every g: both are computed, and
    ``gamma_{M + 12}`` added for the sum and the ratio. Sizes that are given are rounded to the dtype once. Collision:
    the cosine of query and key is off by at most ``gamma_{2d + 12}``, since ``|q| . |k| <= |q| |k|``; so the angle lies
    between those of the cosines at the ends, 8 u more for the arc itself, and the power multiplies what its base is off
    by.
    """
    of, noise, machine, formula = setting
    n_samples, size = formula.field("n_samples", 1), formula.option("collision", "given", default="uniform")
    if size == "uniform":
        low = high = np.ones((1, of.y.shape[-2]))
    elif size == "collision":
        low, high = _collision(of, machine, formula.field("n_bits", 4))
    else:
        sizes = np.asarray(formula.field("size").sizes, dtype=np.float64)
        low, high = sizes * (1 - machine.u), sizes * (1 + machine.u)
    low, high = (np.where(of.visible, end, 0.0) for end in (low, high))
    low_sum, high_sum = (np.sum(end, axis=-1, keepdims=True) for end in (low, high))
    # at the least a normal number: an underflow below it is an error without limit anyhow
    low = np.minimum(1.0, n_samples * np.maximum(low, machine.tiny) / high_sum)
    high = np.minimum(1.0, n_samples * np.maximum(high, machine.tiny) / np.maximum(low_sum, machine.tiny))

    included = np.asarray(noise.included) & of.visible
    none = ~np.any(included, axis=-1, keepdims=True)
    logits, error = logits_bound(of, machine)
    log_rho = 0.5 * (np.log(low) + np.log(high))
    delta = (
        error
        + 2 * machine.u * (np.abs(logits) + 2 * np.abs(log_rho))
        + machine.gamma(of.y.shape[-2] + 12)
        + 0.5 * np.log(high / low)
    )
    exponent = np.where(none, 0.0, logits - log_rho)
    exponent = np.where(included | (none & of.visible), exponent, -np.inf)
    average = average_bound(exponent, np.where(none, 0.0, delta), of.v, of.span, machine)
    return average.error, average.value


def _collision(of: Symbols, machine: Arithmetic, n_bits: int) -> Pair:
    x, y = (np.linalg.norm(rows, axis=-1) for rows in (of.x, of.y))
    norms = x[..., None] * y[..., None, :]
    cosine = np.where(norms > 0, of.x @ transposed(of.y) / np.where(norms > 0, norms, 1.0), 0.0)
    error = np.where(norms > 0, machine.gamma(2 * of.x.shape[-1] + 12), 0.0)
    ends = (np.clip(cosine + sign * error, -1.0, 1.0) for sign in (-1, 1))
    bases = [1 - np.arccos(end) / math.pi for end in ends]
    low, high = np.maximum(bases[0] - 8 * machine.u, 0.0), np.minimum(bases[1] + 8 * machine.u, 1.0)
    grown = machine.gamma(n_bits + 2)
    return low**n_bits * (1 - grown), high**n_bits * (1 + grown)


def exact_plus_tail(setting: Setting) -> Pair:
    r"""Of `exact_plus_tail`: an average over the exact set and drawn keys of the tail, these with weight T/S.

    Sums over at most M keys; the ratio T/S and its product with a kernel cost 4 u, its logarithm ``2 u |log T/S|``.
    """
    of, noise, machine, formula = setting
    component = np.asarray(noise.component)
    if "given" in formula.options:
        exact = of.takes_part & np.asarray(formula.field("exact").mask, dtype=bool)
    else:
        exact = of.takes_part & (np.cumsum(of.takes_part, axis=-1) <= formula.field("n_exact", 1))
    n_tail = np.sum(of.takes_part & ~exact, axis=-1, keepdims=True)
    hits = np.zeros((*component.shape[:-1], of.y.shape[-2]), dtype=bool)
    np.put_along_axis(hits, component, True, axis=-1)
    log_share = np.log(np.maximum(n_tail, 1) / component.shape[-1])
    bias = np.where(hits, log_share, np.where(exact, 0.0, -np.inf))[..., None, :]
    logits, error = logits_bound(of, machine)
    extra = machine.u * (4 + 2 * np.abs(log_share))[..., None]
    average = average_bound(logits + bias, error + machine.u * np.abs(logits) + extra, of.v, of.span, machine)
    return average.error, average.value
