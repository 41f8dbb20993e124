"""The mean of the integrand over draws from a query's own Gaussian mixture, in blocks that fit a cache."""

import math

import numpy as np

from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import causal_integrand
from lara_estimators.reference.integrand import integrand
from lara_estimators.reference.layout import check_component, columns, replicates_of
from lara_estimators.reference.rows import rows_of
from lara_estimators.reference.scaling import Array

_BLOCK = 2**18
"""How many pairs of a draw and a key are held at once: 2 MiB of exponents, near what one core caches."""


def checked_noise(
    problem: Problem, noise: MixtureNoise, draw_shape: tuple[int, ...]
) -> tuple[MixtureNoise, tuple[int, ...]]:
    """Return the noise as arrays, and its replicates; refuse any but ``(*R, *B, N, *draw_shape)`` draws of keys."""
    component, normals = np.asarray(noise.component), np.asarray(noise.normals, dtype=np.float64)
    check_component(component, problem.n_keys)
    replicates = replicates_of("component", component, problem.batch_shape, (problem.n_queries, *draw_shape))
    if normals.shape != (*component.shape, problem.dim):
        raise ValueError(f"noise.normals has shape {normals.shape}; expected {(*component.shape, problem.dim)}")
    return MixtureNoise(component, normals), replicates


def mixture_mean(
    x: Array, y: Array, v: Array, log_mask: Array, noise: MixtureNoise, replicates: tuple[int, ...], *, causal: bool
) -> Array:
    r"""Mean of f over the draws of every query: ``(*R, *B, N, e)``.

    With ``component`` m ``(*R, *B, N, S)``, indices among the given keys, and ``normals`` z ``(*R, *B, N, S, d)``,

        (1/S) sum_s f(w_s),        w_s = x + y_{m_s} + z_s,

    f being the ``integrand`` of the given keys; causal: for the n-th query, that of the keys ``m <= n``.
    """
    *batch, n_queries, n_samples = noise.component.shape[len(replicates) :]
    x_of_draws = np.repeat(x[..., None, :, None, :], n_samples, axis=-2)  # laid out: 8 entries a loop are slow to add
    component, normals = (part.reshape(-1, *part.shape[len(replicates) :]) for part in noise)
    value = np.empty((math.prod(replicates), *batch, n_queries, v.shape[-1]))
    step = max(1, _BLOCK // (math.prod(component.shape[1:]) * y.shape[-2]))
    for first in range(0, len(value), step):
        block = slice(first, first + step)
        w = rows_of(y, tuple(batch), np.moveaxis(component[block], 0, len(batch)))
        w += x_of_draws
        w += np.moveaxis(normals[block], 0, len(batch))
        value[block] = np.moveaxis(_mean_of_f(w, y, v, log_mask, causal=causal), len(batch), 0)
    return value.reshape(*replicates, *value.shape[1:])


def _mean_of_f(w: Array, y: Array, v: Array, log_mask: Array, *, causal: bool) -> Array:
    """Mean over the samples of f at draws ``(*B, R, N, S, d)``: ``(*B, R, N, e)``."""
    n_batch, n_samples = w.ndim - 4, w.shape[-2]
    one_over_s = np.full(n_samples, 1 / n_samples)
    if causal:
        w = np.swapaxes(w, -4, -3)
        f, _ = causal_integrand(columns(w, (), n_batch + 1), y, v, log_mask)
        mean = f.reshape(*f.shape[:-1], *w.shape[-3:-1]) @ one_over_s  # (*B, N, e, R)
        return np.moveaxis(mean, -1, -3)
    f, _ = integrand(columns(w, (), n_batch), y, v, log_mask)
    mean = f.reshape(*f.shape[:-1], *w.shape[-4:-1]) @ one_over_s  # (*B, e, R, N)
    return np.moveaxis(mean, -3, -1)
