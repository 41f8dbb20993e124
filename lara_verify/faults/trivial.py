"""Outputs that carry no information; every accuracy check must refute them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lara_estimators import ClaimName, Estimate, NoNoise, Problem
from lara_estimators.reference import MeanValue
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.previous_output import PreviousOutput

LAW_BROKEN = {
    "ra": (ClaimName.UNBIASED,),
    "rfa": (ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    "lara[balance]": (ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
}
"""What an output without information breaks, by the estimator that it poses as."""


@dataclass(frozen=True)
class Fixed:
    """The same output for every draw."""

    n_samples: int
    output: Callable[[Problem], Array]
    name: str

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> NoNoise:
        """Draw nothing."""
        return NoNoise(replicates)

    def __call__(self, problem: Problem, noise: NoNoise) -> Estimate:
        """Return the output as often as asked for."""
        shape = (*problem.batch_shape, problem.n_queries, problem.value_dim)
        return Estimate(np.broadcast_to(self.output(problem), (*noise.replicates, *shape)))


def zeros(_problem: Problem) -> Array:
    """Zeros."""
    return np.zeros(1)


def constant(_problem: Problem) -> Array:
    """One half, everywhere."""
    return np.full(1, 0.5)


def mean_of_values(problem: Problem) -> Array:
    """The mean of the values that take part, for every query."""
    return np.asarray(MeanValue()(problem, NoNoise()).value)


def echo(problem: Problem) -> Array:
    """The first values, as if each query's output were one of them."""
    return np.asarray(problem.v)[..., np.arange(problem.n_queries) % problem.n_keys, :]


def trivial_faults(estimator: str, right: Callable[[int], Any]) -> tuple[Fault, ...]:
    """These outputs, posing as ``estimator``, and the outputs of ``right(n_samples)``, each one call late."""
    hull, leak = ClaimName.BOUNDED, ClaimName.NO_LEAK
    return (
        _trivial("zeros", "zero", zeros, estimator, (hull,)),
        _trivial("constant", "a constant", constant, estimator, (hull,)),
        _trivial("mean-value", "the mean of the values", mean_of_values, estimator, ()),
        _trivial("echo", "the values themselves", echo, estimator, (leak,)),
        Fault(
            name="previous-output",
            cause="the output is that of the call before: a buffer is read before it is written",
            mend="return what this call computes",
            of=estimator,
            breaks=(ClaimName.SEED_HONOURED, leak),
            keeps=(ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, hull, *LAW_BROKEN[estimator]),
            build=lambda n_samples, _: PreviousOutput(right(n_samples)),
        ),
    )


def _trivial(
    name: str, what: str, output: Callable[[Problem], Array], estimator: str, also: tuple[ClaimName, ...]
) -> Fault:
    broken = (ClaimName.SEED_HONOURED, *also)
    return Fault(
        name=name,
        cause=f"the output is {what}, whatever the queries, keys and draws",
        mend="compute the estimator",
        of=estimator,
        breaks=(*broken, *LAW_BROKEN[estimator]),
        keeps=tuple(claim for claim in LAW_ONLY if claim not in broken),
        build=lambda n_samples, _: Fixed(n_samples, output, estimator),
    )
