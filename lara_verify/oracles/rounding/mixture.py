"""Bounds of the estimators that draw from the query's own mixture: ra, and ra stratified by chunks of keys."""

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import Average, average_bound
from lara_verify.oracles.rounding.draws import Draws, at_keys, logits_bound
from lara_verify.oracles.rounding.setting import Pair, Setting
from lara_verify.oracles.rounding.symbols import Symbols, centred, drawn


def ra(setting: Setting) -> Pair:
    """Of `ra`: an even average over draws ``x + y_m + z`` of averages over keys, which are centred."""
    of, noise, machine, _ = setting
    about, slack = centred(of, machine)
    f = _f(about, slack, np.asarray(noise.component), np.asarray(noise.normals, dtype=np.float64), about, machine)
    return f.error.mean(axis=-2), f.value.mean(axis=-2)


def _f(of: Symbols, slack: Array, component: Array, normals: Array, keys: Symbols, machine: Arithmetic) -> Average:
    """F over `keys` at the draws of every query: ``(*R, *B, N, S, e)``."""
    n_queries, n_draws = component.shape[-2:]
    x, y = of.x[..., None, :], drawn(of.y, component, 2)
    flat = (*component.shape[:-2], n_queries * n_draws, normals.shape[-1])
    w, size = x + y + normals, np.abs(x) + np.abs(y) + np.abs(normals) + slack[..., None, :]
    draws = Draws(w.reshape(flat), size.reshape(flat), np.zeros((1, normals.shape[-1])))
    if keys.causal:
        visible, span = np.repeat(keys.visible, n_draws, axis=-2), np.repeat(keys.span, n_draws, axis=-2)
        keys = keys._replace(visible=visible, span=span)
    f = at_keys(draws, keys, machine, n_draws + 2)
    shape = (*component.shape, keys.v.shape[-1])
    return f._replace(value=f.value.reshape(shape), error=f.error.reshape(shape))


def stratified_ra(setting: Setting) -> Pair:
    r"""Of `stratified_ra`: an average over chunks, weighted by their mass, of even averages of their f.

    The mass of a chunk is a sum of exponentials of ``x . y``: its logarithm is off as that of a normaliser. Masses may
    be divided by the sum over all keys rather than by their own: ``gamma_M`` more.
    """
    of, noise, machine, _ = setting
    about, slack = centred(of, machine)
    component, normals = np.asarray(noise.component), np.asarray(noise.normals, dtype=np.float64)
    logits, logit_error = logits_bound(of, machine)
    error, value, log_mass, mass_error = [], [], [], []
    for c, part in enumerate(np.array_split(np.arange(of.y.shape[-2]), component.shape[-2])):
        chunk = slice(part[0], part[-1] + 1)
        held = np.any(of.visible[..., chunk], axis=-1, keepdims=True)
        visible = of.visible[..., chunk] | ~held  # a chunk of no weight: any finite number will do
        keys = about._replace(y=about.y[..., chunk, :], v=about.v[..., chunk, :], visible=visible)
        f = _f(about, slack, component[..., c, :], normals[..., c, :, :], keys, machine)
        error.append(f.error.mean(axis=-2))
        value.append(f.value.mean(axis=-2))
        exponent = np.where(visible, logits[..., chunk], -np.inf)
        mass = average_bound(exponent, logit_error[..., chunk], keys.v, of.span, machine)
        log_mass.append(np.where(held[..., 0], mass.log_sum, -np.inf))
        mass_error.append(mass.log_error)
    exponent, delta = (np.stack(parts, axis=-1)[..., None, :] for parts in (log_mass, mass_error))
    delta = delta + machine.u * np.abs(np.where(np.isfinite(exponent), exponent, 0.0))
    rows, carried = np.stack(value, axis=-2), np.stack(error, axis=-2)
    average = average_bound(exponent, delta, rows, of.span[..., None, :], machine, of.y.shape[-2], carried)
    return average.error[..., 0, :], average.value[..., 0, :]
