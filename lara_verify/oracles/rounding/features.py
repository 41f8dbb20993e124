"""Bounds of the estimators whose features are shared by all queries: rfa, with any proposal, and importance."""

from collections.abc import Callable

import numpy as np

from lara_estimators.noise import FeatureNoise
from lara_verify.oracles.rounding.arithmetic import Arithmetic
from lara_verify.oracles.rounding.average import average_bound
from lara_verify.oracles.rounding.draws import at_keys, attention, exact_draws, transposed
from lara_verify.oracles.rounding.gaussian import Features, features
from lara_verify.oracles.rounding.setting import Pair, Setting
from lara_verify.oracles.rounding.symbols import Symbols
from lara_verify.oracles.rounding.trigonometric import trigonometric_rfa


def query_by_query(of: Symbols, bound: Callable[[Symbols], Pair]) -> Pair:
    """Bound and value of a causal problem: what the n-th query sees makes a problem of its own."""
    if not of.causal:
        return bound(of)
    parts = [bound(of.of_query(n)) for n in range(of.x.shape[-2])]
    error, value = (np.concatenate([part[i] for part in parts], axis=-2) for i in (0, 1))
    return error, value


def rfa(setting: Setting) -> Pair:
    r"""Of `rfa`: an average over draws of averages over keys.

    The exponent of a draw's weight is ``w . x + ell(w)``, and what a proposal other than N(0, I) adds. It is off by the
    dot product, by ell and by what the draw is off by, which moves w . x as it moves w . y. The same holds for sums
    over draws and keys in another order, causal prefix sums among them: a computed weight of a draw and a key is the
    product of a draw's and a key's given the draw, each off as said.
    """
    of, noise, machine, formula = setting
    if "trigonometric" in formula.options:
        return trigonometric_rfa(of, noise, machine)
    proposal = formula.option("isotropic", "diagonal", "given", default="standard")
    drawn = features(noise.normals, proposal, formula.field("proposal"), of, machine)
    return query_by_query(of, lambda seen: _rfa(seen, drawn, machine))


def _rfa(of: Symbols, drawn: Features, machine: Arithmetic) -> Pair:
    draws, u = drawn.draws, machine.u
    f = at_keys(draws, of, machine)
    x = np.abs(of.x)
    dot, half_norm = of.x @ transposed(draws.w), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    bias = (f.log_sum + drawn.log_ratio)[..., None, :]
    delta = machine.gamma(draws.w.shape[-1] + 8) * (x @ transposed(draws.size)) + x @ transposed(draws.error)
    delta = delta + (f.log_error + drawn.log_error)[..., None, :]
    parts = np.abs(f.log_sum) + np.abs(drawn.log_ratio)
    delta = delta + 2 * u * (np.abs(dot) + half_norm + parts[..., None, :])
    average = average_bound(dot + bias, delta, f.value, of.span, machine, carried=f.error)
    return average.error, average.value


def importance(setting: Setting) -> Pair:
    r"""Of `importance`: a weighted sum over draws, its weights off by ``exp(+-delta)`` and not normalised.

    delta is that of the exponent ``w . x - |x|^2 / 2 + ell(w) - log Z``, 4 roundings of each part among it. Then
    ``|sum r' f' - sum r f| <= sum r expm1(delta) |f| + sum r exp(delta) |f' - f|``, and the sum adds ``gamma_{S + 8}``.
    """
    of, noise, machine, _ = setting
    return query_by_query(of, lambda seen: _importance(seen, noise, machine))


def _importance(of: Symbols, noise: FeatureNoise, machine: Arithmetic) -> Pair:
    draws = exact_draws(np.asarray(noise.normals, dtype=np.float64))
    w = draws.w
    f, z = at_keys(draws, of, machine), attention(of, machine)
    gamma = machine.gamma(w.shape[-1] + 8)
    dot, half_norm = of.x @ transposed(w), 0.5 * np.sum(of.x * of.x, axis=-1)[..., None]
    terms = (dot, -half_norm, f.log_sum[..., None, :], -z.log_sum[..., None])
    delta = gamma * (np.abs(of.x) @ transposed(draws.size) + half_norm) + f.log_error[..., None, :]
    delta = delta + z.log_error[..., None] + 4 * machine.u * (1 + sum(np.abs(term) for term in terms))
    ratio = np.exp(sum(terms)) / w.shape[-2]
    larger = ratio * np.exp(delta)
    error = (ratio * np.expm1(delta)) @ np.abs(f.value) + larger @ f.error
    return error + machine.gamma(w.shape[-2] + 8) * (larger @ np.abs(f.value)), ratio @ f.value
