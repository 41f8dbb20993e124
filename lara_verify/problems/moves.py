"""Moves of a problem and its noise under which an estimator with the symmetry moves in a known way.

Each says what becomes of the problem, of the noise (draws of a query or of a key go along with it), of the value of an
estimator that has the symmetry, and of a bound on an error of that value. On ``grid`` (see `grid`) all of them are
exact in floating point: both problems hold the numbers that they are meant to hold.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lara_estimators.noise import FeatureNoise, KeyNoise, NoNoise, ProposalNoise
from lara_estimators.problem import Problem
from lara_verify.problems.family import Array, frozen


class Move(Protocol):
    """One move."""

    @property
    def name(self) -> str:
        """What is done, as a clause."""
        ...

    def problem(self, problem: Problem) -> Problem:
        """The moved problem."""
        ...

    def noise(self, noise: Any) -> Any:
        """The noise that belongs to it, of NumPy arrays."""
        ...

    def value(self, value: Array) -> Array:
        """What an estimator with the symmetry returns there, from what it returned before."""
        ...

    def error(self, error: Array) -> Array:
        """What an error of at most ``error`` in the value before becomes."""
        ...


class _Unmoved(Move):
    """What a move leaves alone."""

    def noise(self, noise: Any) -> Any:
        return noise

    def value(self, value: Array) -> Array:
        return value

    def error(self, error: Array) -> Array:
        return error


@dataclass(frozen=True, slots=True)
class ShiftKeys(_Unmoved):
    """Add ``by`` to every coordinate of every key: all logits of a query move alike."""

    by: float = 8.0

    @property
    def name(self) -> str:
        return "all keys are shifted alike"

    def problem(self, problem: Problem) -> Problem:
        return frozen(
            problem.q,
            problem.k + self.by,
            problem.v,
            scale=problem.scale,
            key_mask=problem.key_mask,
            causal=problem.causal,
        )


@dataclass(frozen=True, slots=True)
class ZeroKeys(_Unmoved):
    """Set every key to zero: all logits are equal, and softmax attention is the mean of the values."""

    @property
    def name(self) -> str:
        return "all keys are zero"

    def problem(self, problem: Problem) -> Problem:
        return frozen(
            problem.q, 0.0 * problem.k, problem.v, scale=problem.scale, key_mask=problem.key_mask, causal=problem.causal
        )


@dataclass(frozen=True, slots=True)
class PermuteKeys(_Unmoved):
    """Put keys, their values and their mask in another order; a drawn key keeps its key."""

    n_keys: int

    @property
    def name(self) -> str:
        return "keys are permuted with their values"

    def problem(self, problem: Problem) -> Problem:
        order = _order(self.n_keys)
        mask = None if problem.key_mask is None else np.asarray(problem.key_mask)[..., order]
        k, v = (np.asarray(array)[..., order, :] for array in (problem.k, problem.v))
        return frozen(problem.q, k, v, scale=problem.scale, key_mask=mask, causal=problem.causal)

    def noise(self, noise: Any) -> Any:
        if hasattr(noise, "included"):
            return noise._replace(included=noise.included[..., _order(self.n_keys)])
        if not hasattr(noise, "component"):
            return noise
        return noise._replace(component=np.argsort(_order(self.n_keys))[noise.component])


@dataclass(frozen=True, slots=True)
class PermuteQueries:
    """Put queries in another order; draws of a query go along, draws shared by all stay.

    A query's components lie on the last `n_draw_axes` axes: 2 where they are stratified by chunks of keys.
    """

    n_queries: int
    n_draw_axes: int = 1

    @property
    def name(self) -> str:
        return "queries are permuted"

    def problem(self, problem: Problem) -> Problem:
        q = np.asarray(problem.q)[..., _order(self.n_queries), :]
        return frozen(q, problem.k, problem.v, scale=problem.scale, key_mask=problem.key_mask, causal=problem.causal)

    def noise(self, noise: Any) -> Any:
        if isinstance(noise, FeatureNoise | ProposalNoise | KeyNoise | NoNoise):
            return noise
        order = _order(self.n_queries)
        if hasattr(noise, "included"):
            return noise._replace(included=noise.included[..., order, :])
        axis = noise.component.ndim - 1 - self.n_draw_axes
        return noise._replace(**{name: np.take(part, order, axis) for name, part in noise._asdict().items()})

    def value(self, value: Array) -> Array:
        return value[..., _order(self.n_queries), :]

    def error(self, error: Array) -> Array:
        return self.value(error)


@dataclass(frozen=True, slots=True)
class MapValues(_Unmoved):
    """Replace the values by ``factor * v + offset``."""

    factor: float = -2.0
    offset: float = 3.0

    @property
    def name(self) -> str:
        return f"values v become {self.factor:g} v" + (f" + {self.offset:g}" if self.offset else "")

    def problem(self, problem: Problem) -> Problem:
        return frozen(
            problem.q,
            problem.k,
            self.value(problem.v),
            scale=problem.scale,
            key_mask=problem.key_mask,
            causal=problem.causal,
        )

    def value(self, value: Array) -> Array:
        return self.factor * value + self.offset

    def error(self, error: Array) -> Array:
        return abs(self.factor) * error


def _order(n: int) -> NDArray[np.intp]:
    """A fixed permutation without fixed points of ``n >= 2`` things, and not its own inverse for ``n >= 3``."""
    return np.roll(np.arange(n), 1)
