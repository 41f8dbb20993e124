"""The bound of every estimator."""

from collections.abc import Callable
from typing import Any

from lara_estimators.problem import Problem
from lara_verify.oracles.rounding.arithmetic import Array, arithmetic
from lara_verify.oracles.rounding.features import importance, rfa
from lara_verify.oracles.rounding.formula import Named, formula_of
from lara_verify.oracles.rounding.keys import exact_plus_tail, key_sampling, poisson_sampling
from lara_verify.oracles.rounding.lara import lara
from lara_verify.oracles.rounding.mixture import ra, stratified_ra
from lara_verify.oracles.rounding.plain import index, mean_value, softmax
from lara_verify.oracles.rounding.setting import Pair, Setting
from lara_verify.oracles.rounding.symbols import symbols
from lara_verify.oracles.rounding.weightings import WEIGHTINGS

Bound = Callable[[Setting], Pair]

_COUPLINGS = ("antithetic", "orthogonal", "simplex", "quasi-monte-carlo")
_BOUNDS: dict[str, tuple[Bound, tuple[str, ...]]] = {
    "softmax": (softmax, ()),
    "rfa": (rfa, ("trigonometric", "isotropic", "diagonal", "given", *_COUPLINGS)),
    "importance": (importance, ()),
    "ra": (ra, ()),
    "stratified_ra": (stratified_ra, ()),
    "index": (index, ()),
    "mean_value": (mean_value, ()),
    "lara": (lara, (*WEIGHTINGS, "mixed", "value-mixed", "given", "antithetic", "deterministic")),
    "keys": (key_sampling, ("uniform", "value-norm", "given")),
    "poisson": (poisson_sampling, ("uniform", "collision", "given")),
    "exact_plus_tail": (exact_plus_tail, ("given",)),
}
"""The bound of every kind, and the options that it knows: couplings of draws change the noise, not the formula."""


def rounding_bound(problem: Problem, estimator: str | Named, noise: Any, dtype: Any) -> Array:
    """Bound ``|computed - exact|`` of ``Estimate.value``, entry by entry.

    Parameters
    ----------
    problem
        The problem, its arrays representable in `dtype`.
    estimator
        The estimator. Its name says the formula; of its fields those are read that the formula needs: `proposal`,
        `proposals`, `weights`, `beta`, `floor`, `size`, `n_bits`, `n_samples`, `exact`, `n_exact`. Its name alone will
        do where these have their defaults.
    noise
        What the estimator was given, NumPy arrays; ``NoNoise`` where it draws nothing.
    dtype
        The dtype of the computation.

    Returns
    -------
    Array that broadcasts to ``(*R, *B, N, e)``; infinite where the sign of a normaliser is not known.

    Raises
    ------
    ValueError
        If there is no estimator of this name.
    """
    machine, formula = arithmetic(dtype), formula_of(estimator)
    if formula.kind not in _BOUNDS or not set(formula.options) <= set(_BOUNDS[formula.kind][1]):
        known = ", ".join(
            kind + (f"[{'|'.join(options)}]" if options else "") for kind, (_, options) in _BOUNDS.items()
        )
        name = estimator if isinstance(estimator, str) else estimator.name
        raise ValueError(f"no rounding bound for {name!r}; expected one of {known}")
    bound, value = _BOUNDS[formula.kind][0](Setting(symbols(problem), noise, machine, formula))
    return machine.output(value, bound)
