"""What every check needs of a problem's values: their hull, their range, the target, rounding, names of outputs."""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lara_estimators import Problem
from lara_verify.checks.check import Setting
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.rounding import black_box_tolerance
from lara_verify.stats.hull import HullSupport

Array = NDArray[np.float64]


def output_shape(problem: Problem) -> tuple[int, ...]:
    """``(*B, N, e)``."""
    return (*problem.batch_shape, problem.n_queries, problem.value_dim)


def unmasked_values(problem: Problem) -> Array:
    """``(*B, M, e)``: the values, each masked one replaced by one that takes part, which leaves their hull as it is."""
    v = np.asarray(problem.v, dtype=np.float64)
    if problem.key_mask is None:
        return v
    mask = np.asarray(problem.key_mask)
    batch = np.broadcast_shapes(v.shape[:-2], mask.shape[:-1])
    v = np.broadcast_to(v, (*batch, *v.shape[-2:]))
    mask = np.broadcast_to(mask, (*batch, mask.shape[-1]))
    kept = np.take_along_axis(v, mask.argmax(axis=-1)[..., None, None], axis=-2)
    return np.where(mask[..., None], v, kept)


def value_range(problem: Problem) -> Array:
    """``(*B, N, e)``: range of each coordinate's values over unmasked keys."""
    span = np.ptp(unmasked_values(problem), axis=-2, keepdims=True)
    return np.broadcast_to(span, output_shape(problem))


def support(problem: Problem, centre: Array) -> HullSupport:
    """The deviations from ``centre`` that outputs in the hull of the values can have."""
    return HullSupport(unmasked_values(problem), centre)


def rounding(setting: Setting) -> Array:
    """``(*B, N, e)``: the rounding tolerance of an implementation that is not looked into, at its dtype."""
    return np.broadcast_to(black_box_tolerance(setting.problem, setting.dtype), output_shape(setting.problem))


@lru_cache(maxsize=32)
def exact(problem: Problem) -> tuple[Array, Array]:
    """Exact softmax attention and the radius that holds its error, both ``(*B, N, e)``."""
    value, radius = exact_softmax(problem)
    return np.asarray(value), np.asarray(radius)


def output_name(index: Any) -> str:
    """An entry of the output as a person writes it: ``output[3, 7]``."""
    return f"output[{', '.join(str(int(i)) for i in index)}]"


def odds(probability: float) -> str:
    """A small probability as ``one run in 5 million``."""
    runs = 1 / probability
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if runs >= size * (1 - 1e-9):
            return f"one run in {_round_down(runs / size)} {word}"
    return f"one run in {_round_down(runs)}"


def _round_down(number: float) -> str:
    if number >= 1e6:
        return f"{number:.0e}"
    return f"{math.floor(number * (1 + 1e-9)):,}"
