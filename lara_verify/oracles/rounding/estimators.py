"""Bounds of the estimators that draw one set of features, a component or nothing: the bound, and the value."""

from typing import Any

import numpy as np

from lara_estimators.noise import FeatureNoise, IndexNoise, MixtureNoise
from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import Symbols, attention, average_bound, centred, keys_at


def softmax(of: Symbols, noise: Any, machine: Arithmetic) -> tuple[Array, Array]:  # noqa: ARG001
    """Of `softmax`: one average over keys."""
    average = attention(of, machine)
    return average.error, average.value


def rfa(of: Symbols, noise: FeatureNoise, machine: Arithmetic) -> tuple[Array, Array]:
    """Of `rfa`: an average over draws of averages over keys."""
    w = np.asarray(noise.normals, dtype=np.float64)
    draws = keys_at(w, np.abs(w), of, machine)
    dot, half_norm = of.x @ np.swapaxes(w, -1, -2), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    log_mixture = draws.log_sum[..., None, :]
    delta = machine.gamma(w.shape[-1] + 8) * (np.abs(of.x) @ np.swapaxes(np.abs(w), -1, -2))
    delta = delta + draws.log_error[..., None, :] + 2 * machine.u * (np.abs(dot) + half_norm + np.abs(log_mixture))
    average = average_bound(dot + log_mixture, delta, draws.value, of.span, machine)
    shifted = dot + log_mixture - np.max(dot + log_mixture, axis=-1, keepdims=True)
    p, delta = np.exp(shifted), np.minimum(delta, 50.0)
    larger = p * np.exp(delta) / np.sum(p * np.exp(-delta), axis=-1, keepdims=True)
    carried = np.minimum(larger @ draws.error, np.max(draws.error, axis=-2, keepdims=True))
    return average.error + carried, average.value


def _drawn(rows: Array, component: Any) -> Array:
    rows = np.broadcast_to(rows, (*component.shape[:-2], *rows.shape[-2:]))
    flat = np.take_along_axis(rows, component.reshape(*component.shape[:-2], -1, 1), axis=-2)
    return flat.reshape(*component.shape, rows.shape[-1])


def ra(of: Symbols, noise: MixtureNoise, machine: Arithmetic) -> tuple[Array, Array]:
    """Of `ra`: an even average over draws of averages over keys."""
    about_mean, slack = centred(of, machine)
    normals = np.asarray(noise.normals, dtype=np.float64)
    component = np.asarray(noise.component)
    x, drawn = of.x[..., None, :], _drawn(about_mean.y, component)
    w, size = x + drawn + normals, np.abs(x) + np.abs(drawn) + np.abs(normals) + slack[..., None, :]
    flat = (*component.shape[:-2], -1, normals.shape[-1])
    draws = keys_at(w.reshape(flat), size.reshape(flat), about_mean, machine, component.shape[-1] + 2)
    shape = (*component.shape, of.v.shape[-1])
    return draws.error.reshape(shape).mean(axis=-2), draws.value.reshape(shape).mean(axis=-2)


def index(of: Symbols, noise: IndexNoise, machine: Arithmetic) -> tuple[Array, Array]:
    """Of `index`: an even average of drawn values."""
    component = np.asarray(noise.component)
    drawn = _drawn(of.v, component)
    return machine.gamma(component.shape[-1] + 2) * np.mean(np.abs(drawn), axis=-2), np.mean(drawn, axis=-2)


def mean_value(of: Symbols, noise: Any, machine: Arithmetic) -> tuple[Array, Array]:  # noqa: ARG001
    """Of `mean_value`: an even average of values."""
    n_keys = np.sum(of.takes_part, axis=-1)[..., None, None]
    size = np.sum(np.abs(of.v), axis=-2, keepdims=True) / n_keys
    return machine.gamma(of.v.shape[-2] + 3) * size, np.sum(of.v, axis=-2, keepdims=True) / n_keys


def importance(of: Symbols, noise: FeatureNoise, machine: Arithmetic) -> tuple[Array, Array]:
    """Of `importance`: a weighted sum over draws, weights with a known normaliser."""
    w = np.asarray(noise.normals, dtype=np.float64)
    draws = keys_at(w, np.abs(w), of, machine)
    gamma = machine.gamma(w.shape[-1] + 8)
    z = attention(of, machine)
    dot, half_norm = of.x @ np.swapaxes(w, -1, -2), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    terms = (dot, -half_norm, draws.log_sum[..., None, :], -z.log_sum[..., None])
    delta = gamma * (np.abs(of.x) @ np.swapaxes(np.abs(w), -1, -2) + half_norm) + draws.log_error[..., None, :]
    delta = delta + z.log_error[..., None] + 4 * machine.u * (1 + sum(np.abs(term) for term in terms))
    ratio = np.exp(sum(terms)) / w.shape[-2]
    larger = ratio * np.exp(delta)
    error = (ratio * np.expm1(delta)) @ np.abs(draws.value) + larger @ draws.error
    return error + machine.gamma(w.shape[-2] + 8) * (larger @ np.abs(draws.value)), ratio @ draws.value
