"""The bound of trigonometric features, whose weights have signs: a ratio of sums that may cancel."""

import numpy as np

from lara_estimators.noise import FeatureNoise
from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import MOST
from lara_verify.oracles.rounding.draws import transposed
from lara_verify.oracles.rounding.symbols import Symbols


def trigonometric_rfa(of: Symbols, noise: FeatureNoise, machine: Arithmetic) -> tuple[Array, Array]:
    r"""Of `rfa[trigonometric]`: errors of cosines are absolute, so that a small normaliser leaves no digit.

    ``kappa_m`` is proportional to ``b_m c_m``, ``b_m = exp(|y_m|^2 / 2 - max)`` and
    ``c_m = mean_s cos(w_s . (x - y_m))``, written so or as products of sines and cosines of ``w . x`` and ``w . y_m``.
    The angles are off by ``gamma_{d + 10} (|w| . |x| + |w| . |y_m|)``, a cosine or sine by as much and 4 u, their
    products and the mean over s by ``gamma_{2S + 16}``: together ``e_m`` for ``c_m``. ``log b_m`` is off by
    ``delta_m``, from the half norm and the shift. With ``kappa' - kappa`` at most
    ``k_m = b_m (|c_m| expm1(delta_m) + e_m exp(delta_m))``,

        |f' - f| <= (sum_m k_m |v_m - f| + gamma_{M + 2S + 12} sum_m b_m exp(delta_m) (|v_m| + |f|)) / left,
        left = |sum_m kappa_m| - sum_m k_m - gamma_{M + 2S + 12} sum_m b_m exp(delta_m),

    as sums over keys and draws, in any order, have terms of at most ``b_m exp(delta_m) |v_m|`` on average over the
    draws. Where ``left <= 0`` the sign of the normaliser is not known: the bound is infinite.
    """
    w = np.asarray(noise.normals, dtype=np.float64)
    n_samples, dim = w.shape[-2:]
    u, gamma = machine.u, machine.gamma(dim + 10)
    of_x, of_y = of.x @ transposed(w), of.y @ transposed(w)
    c = np.cos(of_x) @ transposed(np.cos(of_y)) + np.sin(of_x) @ transposed(np.sin(of_y))
    c = c / n_samples
    size = np.mean(np.abs(w), axis=-2)[..., None]
    angle = gamma * ((np.abs(of.x) @ size) + transposed(np.abs(of.y) @ size))
    c_error = np.minimum(angle, 2.0) + machine.gamma(2 * n_samples + 16)

    half_norm = np.where(of.visible, 0.5 * np.sum(of.y * of.y, axis=-1)[..., None, :], -np.inf)
    shift = half_norm - np.max(half_norm, axis=-1, keepdims=True)
    height = np.where(of.visible, half_norm, 0.0)
    delta = (machine.gamma(dim + 8) + u) * height + u * (np.minimum(-shift, 800.0) + 8)
    delta = np.minimum(np.where(of.visible, delta, 0.0), MOST)
    b = np.exp(shift)
    kappa, kappa_error = b * c, b * (np.abs(c) * np.expm1(delta) + c_error * np.exp(delta))
    total = np.sum(kappa, axis=-1, keepdims=True)
    value = kappa @ of.v / total
    larger = b * np.exp(delta)
    sums = machine.gamma(of.y.shape[-2] + 2 * n_samples + 12)
    left = np.abs(total) - np.sum(kappa_error, axis=-1, keepdims=True) - sums * np.sum(larger, axis=-1, keepdims=True)
    columns = range(of.v.shape[-1])
    apart = [np.sum(kappa_error * np.abs(of.v[..., None, :, j] - value[..., j, None]), axis=-1) for j in columns]
    size = larger @ np.abs(of.v) + np.sum(larger, axis=-1, keepdims=True) * np.abs(value)
    moved = np.stack(apart, axis=-1) + sums * size
    return np.where(left > 0, moved / np.where(left > 0, left, 1.0), np.inf), value
