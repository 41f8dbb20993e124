"""The bound of every estimator by name."""

from collections.abc import Callable
from typing import Any

from lara_estimators.problem import Problem
from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array, arithmetic
from lara_verify.oracles.rounding.average import Symbols, symbols
from lara_verify.oracles.rounding.estimators import importance, index, mean_value, ra, rfa, softmax
from lara_verify.oracles.rounding.lara import WEIGHTINGS, Weighting, lara

_BOUNDS: dict[str, Callable[[Symbols, Any, Arithmetic], tuple[Array, Array]]] = {
    "softmax": softmax,
    "rfa": rfa,
    "importance": importance,
    "ra": ra,
    "index": index,
    "mean_value": mean_value,
}


def rounding_bound(
    problem: Problem, estimator: str, noise: Any, dtype: Any, *, beta: float | None = None, floor: float = 1e-8
) -> Array:
    """Bound ``|computed - exact|`` of ``Estimate.value``, entry by entry.

    Parameters
    ----------
    problem
        The problem, its arrays representable in `dtype`.
    estimator
        ``softmax``, ``rfa``, ``importance``, ``ra``, ``index``, ``mean_value`` or ``lara[WEIGHTING]``.
    noise
        What the estimator was given; ``NoNoise`` where it draws nothing.
    dtype
        The dtype of the computation.
    beta, floor
        Of the weightings query and query-clamped.

    Returns
    -------
    Array that broadcasts to ``(*R, *B, N, e)``.
    """
    machine = arithmetic(dtype)
    name, _, weighting = estimator.removesuffix("]").partition("[")
    if name == "lara" and weighting in WEIGHTINGS:
        bound, value = lara(symbols(problem), noise, machine, Weighting(weighting, beta, floor))
    elif estimator in _BOUNDS:
        bound, value = _BOUNDS[estimator](symbols(problem), noise, machine)
    else:
        known = ", ".join((*_BOUNDS, *(f"lara[{weighting}]" for weighting in WEIGHTINGS)))
        raise ValueError(f"no rounding bound for {estimator!r}; expected one of {known}")
    return machine.output(value, bound)
