"""The yardstick of convergence claims: errors of an estimator in units of what first-order theory predicts.

A black box shows no limit in finitely many runs, so the claims `consistent` and `mse_at_n_samples` are about a
stated number of samples ``n``: errors are measured in ``s_j = sd_j / sqrt(n)``, where ``sd_j`` is the first-order
standard deviation per draw of random-feature attention with i.i.d. features (estimators.md, section 3.2), at least
a quarter of its root mean square over the coordinates of the query. For `lara` the larger of that and of the
reference's simulated root mean square error is taken. What is judged is convergence in probability: it says nothing
of rare large errors.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators import Problem
from lara_estimators.reference import LARA
from lara_verify.checks.check import Setting
from lara_verify.checks.values import exact, value_range
from lara_verify.oracles.first_order import first_order_bias, first_order_covariance
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.sources.candidate import N_PROPOSALS

Array = NDArray[np.float64]

N_SIMULATED = 4096
"""Draws of that reference, with a fixed seed."""

LEAST_SHARE = 0.25


class Yardstick(NamedTuple):
    """``target`` and ``unit`` (s) are ``(*B, N, e)``; ``varies`` says which coordinates are judged.

    ``bias`` is the largest ``|mean error_j| / s_j`` that a right implementation has, to first order.
    """

    target: Array
    unit: Array
    varies: NDArray[np.bool_]
    bias: float

    def errors(self, value: Array) -> Array:
        """``(R, D)``: ``(output - softmax) / s`` over the coordinates judged."""
        z = (value - self.target) / np.where(self.varies, self.unit, 1.0)
        return np.asarray(z.reshape(len(value), -1)[:, self.varies.ravel()])


def yardstick(setting: Setting) -> Yardstick:
    """What errors of this setting's claimed estimator, at its number of samples, are measured in."""
    return _yardstick(setting.problem, setting.source.estimator, setting.source.n_samples)


@lru_cache(maxsize=32)
def _yardstick(problem: Problem, estimator: str, n_samples: int) -> Yardstick:
    target, _ = exact(problem)
    varies = value_range(problem) > 0
    covariance = first_order_covariance(problem, GaussianProposal())
    deviation = np.sqrt(np.einsum("...ee->...e", covariance))
    rms = np.sqrt(np.mean(deviation**2, axis=-1, keepdims=True, where=varies))
    deviation = np.maximum(deviation, LEAST_SHARE * rms)
    unit = deviation / np.sqrt(n_samples)
    mean_error = first_order_bias(problem, GaussianProposal()) / n_samples
    if estimator.startswith("lara"):
        simulated_mean, simulated_rms = _simulated(problem, weighting_named(estimator), n_samples)
        unit = np.maximum(unit, simulated_rms)
        mean_error = np.where(np.abs(simulated_mean) > np.abs(mean_error), simulated_mean, mean_error)
    bias = float((np.abs(mean_error)[varies] / unit[varies]).max())
    return Yardstick(target, unit, varies, bias)


def weighting_named(estimator: str) -> str:
    """The weighting in ``lara[weighting]``; plain ``lara`` is balance."""
    return estimator.removeprefix("lara").strip("[]") or "balance"


def _simulated(problem: Problem, weighting: str, n_samples: int) -> tuple[Array, Array]:
    """Mean error and root mean square error of the reference, ``(*B, N, e)`` each."""
    lara = LARA(n_samples, N_PROPOSALS, weighting)
    target, _ = exact(problem)
    rng = np.random.Generator(np.random.SFC64(N_SIMULATED))
    total, squares = np.zeros_like(target), np.zeros_like(target)
    size = 64
    for _ in range(N_SIMULATED // size):
        error = lara(problem, lara.draw(problem, rng, (size,))).value - target
        total += error.sum(axis=0)
        squares += (error**2).sum(axis=0)
    return total / N_SIMULATED, np.sqrt(squares / N_SIMULATED)
