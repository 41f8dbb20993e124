"""The bound of LARA: proposals, balance heuristic, weighting and ratio each add their share."""

from typing import Any

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import MOST
from lara_verify.oracles.rounding.draws import Draws, at_keys, transposed
from lara_verify.oracles.rounding.landmarks import Landmarks, landmarks
from lara_verify.oracles.rounding.setting import Pair, Setting
from lara_verify.oracles.rounding.weightings import AtDraws, weighting_of


def lara(setting: Setting) -> Pair:
    r"""Of `lara`: an average over the draws of all proposals, with weights that may be signed.

    The weight of a draw is ``alpha exp(w . x + ell(w) - log N(w; mu_c, I))``: its exponent is off by ell, by w . x, and
    by the density, a dot product and a half norm, each counted twice as alpha may hold the density too; w is off by
    what mu_c is. Let ``k_s`` be what a computed weight ``omega_s`` may be off by. Then

        |f' - f| <= (sum_s k_s |f_s - f| + sum_s (|omega_s| + k_s) (|f'_s - f_s| + gamma_{2L + 8} |f_s|)) / left,
        left = |sum omega_s| - sum_s k_s,

    and the bound is infinite where ``left <= 0``. Weights that cannot be negative leave an average within the range of
    the computed f.
    """
    of, noise, machine, formula = setting
    normals = np.asarray(noise.normals, dtype=np.float64)
    n_proposals, n_each, dim = normals.shape[-3:]
    proposals = formula.option("mixed", "value-mixed", "given", default="plain")
    marks = landmarks(of, n_proposals, proposals, formula.field("proposals"), machine)
    of, mu, kept = marks.of, marks.mu, marks.kept
    flat = (*normals.shape[:-3], n_proposals * n_each, dim)

    def of_draws(per_proposal: Array, per_draw: Any) -> Array:
        return np.broadcast_to(per_proposal[..., None, :] + per_draw, normals.shape).reshape(flat)

    draws = Draws(of_draws(mu.value, normals), of_draws(mu.size, np.abs(normals)), of_draws(mu.error, 0.0))
    f = at_keys(draws, of, machine)
    of_draw = np.repeat(np.arange(n_proposals), n_each)
    own, own_error, log_sum, sum_error = _densities(draws, marks, of_draw, machine)
    log_bh = np.minimum(own - log_sum, 0.0)
    log_bh_error = own_error + sum_error + machine.u * (np.abs(own) + np.abs(log_sum))
    alpha = weighting_of(formula).alpha(AtDraws(log_bh, log_bh_error, marks, of_draw, machine))

    x = np.abs(of.x)
    dot, x_norm = of.x @ transposed(draws.w), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    log_ratio = dot + (f.log_sum - own)[..., None, :]
    delta = machine.gamma(dim + 8) * (x @ transposed(draws.size)) + x @ transposed(draws.error)
    delta = delta + (f.log_error + 2 * own_error + 2 * sum_error)[..., None, :]
    sizes = np.abs(f.log_sum) + 2 * np.abs(own) + 2 * np.abs(log_sum)
    delta = delta + 4 * machine.u * (np.abs(dot) + x_norm + sizes[..., None, :] + 4)
    bound, value = _ratio(
        log_ratio + alpha.log_scale, np.minimum(delta, MOST), alpha.factor, alpha.error,
        kept[..., None, of_draw], f.value, f.error, machine,
    )  # fmt: skip
    # an average of computed f, each in the range but for its own error
    within = of.span + np.max(f.error, axis=-2, keepdims=True)
    within = within + machine.gamma(2 * len(of_draw) + 8) * np.max(np.abs(of.v), axis=-2, keepdims=True)
    return np.where(alpha.signed, bound, np.minimum(bound, within)), value


def _densities(draws: Draws, marks: Landmarks, of_draw: Any, machine: Arithmetic) -> tuple[Array, Array, Array, Array]:
    """Logarithms of a draw's own density and of the sum over proposals that are kept, less a constant; errors."""
    mu, mask = marks.mu, marks.kept[..., None, :]
    half_norm, size_norm = (0.5 * np.sum(part * part, axis=-1)[..., None, :] for part in (mu.value, mu.size))
    density = draws.w @ transposed(mu.value) - half_norm
    error = machine.gamma(draws.w.shape[-1] + 8) * (draws.size @ transposed(mu.size) + size_norm)
    error = error + draws.error @ transposed(np.abs(mu.value)) + draws.size @ transposed(mu.error)
    error = error + np.sum(mu.size * mu.error, axis=-1)[..., None, :] + 2 * machine.u * np.abs(density)
    top = np.max(np.where(mask, density, -np.inf), axis=-1)
    log_sum = top + np.log(np.sum(np.where(mask, np.exp(np.minimum(density - top[..., None], 0.0)), 0.0), axis=-1))
    sum_error = np.max(np.where(mask, error, 0.0), axis=-1) + machine.gamma(mask.shape[-1] + 12)
    sum_error = sum_error + machine.u * (np.abs(log_sum) + np.max(np.abs(density), axis=-1) + 8)
    at = (..., np.arange(len(of_draw)), of_draw)
    return density[at], error[at], log_sum, sum_error


def _ratio(
    exponent: Array, delta: Array, factor: Array, factor_error: Array, keep: Any, f: Array, f_error: Array,
    machine: Arithmetic,
) -> tuple[Array, Array]:  # fmt: skip
    """Average rows ``f`` with weights ``exp(exponent) factor``: the bound, and the value."""
    error = np.where(keep, np.abs(factor) * np.expm1(delta) + factor_error * np.exp(delta), 0.0)
    factor = np.where(keep, factor, 0.0)
    highest = np.max(exponent + np.log(np.maximum(np.abs(factor), 1e-300)), axis=-1, keepdims=True)
    ratio = np.exp(np.minimum(np.where(keep, exponent - highest, -np.inf), 700.0))
    omega, omega_error = ratio * factor, ratio * error
    total = np.sum(omega, axis=-1, keepdims=True)
    left = np.abs(total) - np.sum(omega_error, axis=-1, keepdims=True)
    value = omega @ f / total
    columns = range(f.shape[-1])
    apart = [np.sum(omega_error * np.abs(f[..., None, :, j] - value[..., :, j, None]), axis=-1) for j in columns]
    larger = np.abs(omega) + omega_error
    moved = np.stack(apart, axis=-1) + larger @ f_error
    moved = moved + machine.gamma(2 * f.shape[-2] + 8) * (larger @ np.abs(f))
    return np.where(left > 0, moved / np.where(left > 0, left, 1.0), np.inf), value
