"""Outputs that carry no information; every accuracy check must refute them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName, Estimate, NoNoise, Problem
from lara_estimators.reference import MeanValue
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault

_SEEDLESS = tuple(claim for claim in LAW_ONLY if claim is not ClaimName.SEED_HONOURED)
_OUT_OF_HULL = tuple(claim for claim in _SEEDLESS if claim is not ClaimName.BOUNDED)


@dataclass(frozen=True)
class Fixed:
    """The same output for every draw."""

    n_samples: int
    output: Callable[[Problem], Array]

    @property
    def name(self) -> str:
        """What it says it is."""
        return "ra"

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> NoNoise:  # noqa: ARG002
        """Draw nothing."""
        return NoNoise(replicates)

    def __call__(self, problem: Problem, noise: NoNoise) -> Estimate:
        """Return the output as often as asked for."""
        shape = (*problem.batch_shape, problem.n_queries, problem.value_dim)
        return Estimate(np.broadcast_to(self.output(problem), (*noise.replicates, *shape)))


def zeros(problem: Problem) -> Array:  # noqa: ARG001
    """Zeros."""
    return np.zeros(1)


def constant(problem: Problem) -> Array:  # noqa: ARG001
    """One half, everywhere."""
    return np.full(1, 0.5)


def mean_of_values(problem: Problem) -> Array:
    """The mean of the values that take part, for every query."""
    return np.asarray(MeanValue()(problem, NoNoise()).value)


def echo(problem: Problem) -> Array:
    """The first values, as if each query's output were one of them."""
    return np.asarray(problem.v)[..., np.arange(problem.n_queries) % problem.n_keys, :]


def _trivial(name: str, what: str, output: Callable[[Problem], Array], keeps: tuple[ClaimName, ...]) -> Fault:
    broken = tuple(claim for claim in LAW_ONLY if claim not in keeps)
    return Fault(
        name=name,
        cause=f"the output is {what}, whatever the queries, keys and draws",
        mend="compute the estimator",
        of="ra",
        breaks=(*broken, *MEAN),
        keeps=keeps,
        build=lambda n_samples, _: Fixed(n_samples, output),
    )


FAULTS = (
    _trivial("zeros", "zero", zeros, _OUT_OF_HULL),
    _trivial("constant", "a constant", constant, _OUT_OF_HULL),
    _trivial("mean-value", "the mean of the values", mean_of_values, _SEEDLESS),
    _trivial("echo", "the values themselves", echo, tuple(c for c in _SEEDLESS if c is not ClaimName.NO_LEAK)),
)
