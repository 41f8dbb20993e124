"""The bound of LARA: the balance heuristic, the weighting and the ratio each add their share."""

from typing import Any, NamedTuple

import numpy as np

from lara_estimators.noise import ProposalNoise
from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import Symbols, centred, keys_at

WEIGHTINGS = ("balance", "uniform", "query", "query-clamped")


class Weighting(NamedTuple):
    """A weighting by name, with its parameters."""

    name: str
    beta: float | None
    floor: float

    def alpha(self, bh: Array, bh_error: Array, excess: Array, excess_error: Array, u: float) -> tuple[Array, Array]:
        """Return alpha and a bound on its error, from those of the balance heuristic and of t less its mean."""
        if self.name in ("balance", "uniform"):
            return (bh, bh_error) if self.name == "balance" else (np.ones_like(bh), np.zeros_like(bh))
        beta = self.beta if self.beta is not None else {"query": 1.0, "query-clamped": 2.0}[self.name]
        alpha = bh + beta * excess
        error = bh_error + abs(beta) * (excess_error + 2 * u * np.abs(excess)) + 2 * u * bh
        return (np.maximum(alpha, self.floor), error) if self.name == "query-clamped" else (alpha, error)


def _segment_means(rows: Any, keep: Any, n_segments: int) -> Array:
    starts = np.cumsum([0] + [len(part) for part in np.array_split(np.arange(rows.shape[-2]), n_segments)[:-1]])
    counts = np.add.reduceat(np.broadcast_to(keep[..., None], (*keep.shape, 1)).astype(np.float64), starts, axis=-2)
    return np.asarray(np.add.reduceat(rows * keep[..., None], starts, axis=-2) / np.maximum(counts, 1.0))


def lara(of: Symbols, noise: ProposalNoise, machine: Arithmetic, weighting: Weighting) -> tuple[Array, Array]:
    """Of `lara`: an average over the draws of all proposals, with weights that may be signed."""
    normals = np.asarray(noise.normals, dtype=np.float64)
    n_proposals, n_each, dim = normals.shape[-3:]
    of, slack = centred(of, machine)
    every = np.ones(of.x.shape[-2])
    x_bar, x_size = (_segment_means(rows, every, n_proposals) for rows in (of.x, np.abs(of.x)))
    y_bar, y_size = (_segment_means(rows, of.takes_part, n_proposals) for rows in (of.y, np.abs(of.y)))
    kept = _segment_means(of.takes_part[..., None] * 1.0, of.takes_part, n_proposals)[..., 0] > 0
    mu, mu_size = x_bar + y_bar, x_size + y_size + slack
    longest = -(-max(of.x.shape[-2], of.y.shape[-2]) // n_proposals)
    gamma = machine.gamma(dim + longest + 12)
    flat = (*normals.shape[:-3], n_proposals * n_each, dim)
    w = (mu[..., None, :] + normals).reshape(flat)
    size = (mu_size[..., None, :] + np.abs(normals)).reshape(flat)
    draws = keys_at(w, size, of, machine, n_parts=longest + 4)

    # densities of proposals, their sum, the balance heuristic
    half_norm, size_norm = (0.5 * np.sum(part * part, axis=-1)[..., None, :] for part in (mu, mu_size))
    density = w @ np.swapaxes(mu, -1, -2) - half_norm
    density_error = gamma * (size @ np.swapaxes(mu_size, -1, -2) + size_norm) + 2 * machine.u * np.abs(density)
    mask = kept[..., None, :]
    top = np.max(np.where(mask, density, -np.inf), axis=-1)
    log_sum = top + np.log(np.sum(np.where(mask, np.exp(np.minimum(density - top[..., None], 0.0)), 0.0), axis=-1))
    sum_error = np.max(np.where(mask, density_error, 0.0), axis=-1) + machine.gamma(n_proposals + 12)
    sum_error = sum_error + machine.u * (np.abs(log_sum) + np.max(np.abs(density), axis=-1) + 8)
    of_draw = np.repeat(np.arange(n_proposals), n_each)
    at = (..., np.arange(len(of_draw)), of_draw)
    own, own_error = density[at], density_error[at]
    bh = np.exp(np.minimum(own - log_sum, 0.0))[..., None, :]
    bh_delta = own_error + sum_error + machine.u * (np.abs(own) + np.abs(log_sum))
    bh_error = bh * np.expm1(np.minimum(bh_delta, 50.0))[..., None, :]

    # t, softmax over queries
    logit = x_bar @ np.swapaxes(of.x, -1, -2)
    t = np.exp(logit - np.max(logit, axis=-1, keepdims=True))
    t = np.swapaxes(t / np.sum(t, axis=-1, keepdims=True), -1, -2)
    spread = np.minimum(np.ptp(logit, axis=-1), 800.0)[..., None, :]
    t_delta = gamma * np.max(x_size @ np.swapaxes(np.abs(of.x), -1, -2), axis=-1)[..., None, :]
    t_delta = t_delta + machine.u * (spread + 4)
    t_error = t * (np.expm1(2 * t_delta) + machine.gamma(2 * of.x.shape[-2] + 6))
    n_kept = np.sum(kept, axis=-1)[..., None, None]
    mean, mean_error = (np.sum(np.where(mask, part, 0.0), axis=-1, keepdims=True) / n_kept for part in (t, t_error))
    excess_error = (t_error + mean_error + machine.gamma(n_proposals + 4) * (t + mean))[..., of_draw]
    excess = (t - mean)[..., of_draw]

    # weights and how far each may be off, relative to the largest
    dot, x_norm = of.x @ np.swapaxes(w, -1, -2), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    log_ratio = dot + (draws.log_sum - own)[..., None, :]
    delta = gamma * (np.abs(of.x) @ np.swapaxes(size, -1, -2))
    delta = delta + (draws.log_error + 2 * own_error + 2 * sum_error)[..., None, :]
    sizes = np.abs(draws.log_sum) + 2 * np.abs(own) + 2 * np.abs(log_sum)
    delta = np.minimum(delta + 4 * machine.u * (np.abs(dot) + x_norm + sizes[..., None, :] + 4), 50.0)
    alpha, alpha_error = weighting.alpha(bh, bh_error, excess, excess_error, machine.u)
    keep = kept[..., None, of_draw]
    error = np.where(keep, np.abs(alpha) * np.expm1(delta) + alpha_error * np.exp(delta), 0.0)
    alpha = np.where(keep, alpha, 0.0)
    highest = np.max(log_ratio + np.log(np.maximum(np.abs(alpha), 1e-300)), axis=-1, keepdims=True)
    ratio = np.exp(np.minimum(np.where(keep, log_ratio - highest, -np.inf), 700.0))
    omega, omega_error = ratio * alpha, ratio * error
    total = np.sum(omega, axis=-1, keepdims=True)
    left = np.abs(total) - np.sum(omega_error, axis=-1, keepdims=True)
    value = omega @ draws.value / total
    apart = np.abs(draws.value[..., None, :, :] - value[..., :, None, :])
    moved = np.sum(omega_error[..., None] * apart, axis=-2)
    larger = np.abs(omega) + omega_error
    sums = machine.gamma(2 * w.shape[-2] + 8)
    moved = moved + larger @ draws.error + sums * (larger @ np.abs(draws.value))
    bound = np.where(left > 0, moved / np.where(left > 0, left, 1.0), np.inf)
    if weighting.name != "query":
        bound = np.minimum(bound, of.span + sums * np.max(np.abs(of.v), axis=-2, keepdims=True))
    return bound, value
