"""Pins of what is best: proposals and constant weights, against minimisation and linear algebra."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles import best_proposal, constant_weights
from lara_verify.oracles.answer import Array
from lara_verify.oracles.pins.draws import deviations, feature_draw, grid, log_density
from lara_verify.oracles.pins.inputs import direction, problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin
from lara_verify.oracles.ratio import RatioOracle, constant_weight_lara
from lara_verify.oracles.sampling import GaussianProposal

_PHI = (0.01, 0.3, 1.0, 4.0, 25.0)
_MANY = 100_000


def best_pins() -> Iterator[Pin]:
    """Isotropic and diagonal proposals; weights of two proposals, their bias and their variance."""
    for dim in (1, 3, 64):
        yield Pin(
            "best_proposal.best_variance",
            "s^2",
            "root of a quadratic",
            "ternary search, balls",
            f"d={dim}, phi .01 to 25",
            CLOSED,
            partial(_by_search, dim),
        )
    yield Pin(
        "best_proposal.log_second_moment",
        "log E r^2",
        "closed form",
        "densities on a grid",
        "d=2",
        RULE,
        _second_moment,
    )
    problem = problem_of(4, keys=5, mask=True)
    yield Pin(
        "best_proposal.isotropic_variance",
        "s^2",
        "mean square",
        "minimum over all pairs",
        "d=4 masked",
        CLOSED,
        partial(_over_pairs, problem, False),
    )
    yield Pin(
        "best_proposal.diagonal_variance",
        "s_j^2",
        "mean squares",
        "minimum over all pairs",
        "d=4 masked",
        CLOSED,
        partial(_over_pairs, problem, True),
    )
    yield from _weights()


def _minimiser(function: Callable[[Any], Any]) -> float:
    """Where a convex function of ``rho = 2 s^2 - 1`` is least, by ternary search in 400-bit balls."""
    from flint import arb, ctx

    bits, ctx.prec = ctx.prec, 400
    try:
        low, high = arb(1) / 2, arb(200)
        for _ in range(180):
            third = (high - low) / 3
            left, right = (low + third).mid(), (high - third).mid()
            if function(left) < function(right):
                high = right
            else:
                low = left
        return (1 + float(low.mid())) / 2
    finally:
        ctx.prec = bits


def _by_search(dim: int) -> tuple[Array, Array]:
    """``|S| |H|^-1 exp(2 z' H^-1 z - z' z)`` at ``S = s^2 I``, its logarithm as it stands."""
    from flint import arb

    def log_moment(rho: Any, phi: float) -> Any:
        s2 = (rho + 1) / 2
        h = 2 - 1 / s2
        return dim * s2.log() / 2 - dim * h.log() / 2 + 2 * arb(phi) / h - arb(phi)

    found = [_minimiser(partial(log_moment, phi=phi)) for phi in _PHI]
    return best_proposal.best_variance(np.array(_PHI), dim), np.array(found)


def _second_moment() -> tuple[Array, Array]:
    z, variances = np.array([0.6, -0.4]), np.array([0.9, 1.0, 1.5, 3.0])
    points, weights = grid(2, 0.1, 14)
    found = []
    for s2 in variances:
        w = np.sqrt(s2) * points
        r = np.exp(log_density(w, z) - log_density(w, np.zeros(2), s2 * np.eye(2)))
        found.append(np.log(weights @ r**2))
    return best_proposal.log_second_moment(variances, np.full(4, z @ z), 2), np.array(found)


def _over_pairs(problem: Problem, diagonal: bool) -> tuple[Array, Array]:
    """The least mean over pairs of the logarithm, a sum over pairs in balls."""
    from flint import arb

    x, y, _ = scaled(problem)
    squares = np.stack([(query + key) ** 2 for query in x for key in y])

    def mean_log(rho: Any, pairs: Array) -> Any:
        s2, dim = (rho + 1) / 2, pairs.shape[1]
        terms = [dim * (s2 * s2 / rho).log() / 2 + sum(arb(value) for value in pair) / rho for pair in pairs]
        return sum(terms) / len(terms)

    if diagonal:
        found = [_minimiser(partial(mean_log, pairs=squares[:, j : j + 1])) for j in range(problem.dim)]
        return best_proposal.diagonal_variance(problem), np.array(found)
    return best_proposal.isotropic_variance(problem), np.array(_minimiser(partial(mean_log, pairs=squares)))


def _weights() -> Iterator[Pin]:
    problem = problem_of(2, size=0.35, keys=4)
    mu = np.stack([direction(problem, 0.3), direction(problem, -0.25)])
    a = np.array([0.7, 0.3])
    proposals = [GaussianProposal(m) for m in mu]

    def extrapolated(moment: str) -> Array:
        """From S, 2S and 4S draws a proposal, less terms of 1/S and of 1/S^2."""
        oracle = RatioOracle(problem, constant_weight_lara(mu, a))
        g = [n * getattr(oracle.moments(2 * n), moment).value for n in (_MANY, 2 * _MANY, 4 * _MANY)]
        return np.asarray((8 * g[2] - 6 * g[1] + g[0]) / 3)

    def best() -> tuple[Array, Array]:
        """Least ``sum a^2 sigma^2`` under ``sum a = 1``, by Lagrange's linear system; ``sigma^2`` from densities."""
        x, y, v = scaled(problem)
        found = []
        for query in x:
            draws = [feature_draw(query, y, grid(2, 0.14, 14), m) for m in mu]
            sigma2 = [float((d.weights @ d.numerator(deviations(query, y, v)) ** 2).sum()) for d in draws]
            system = np.array([[2 * sigma2[0], 0, 1], [0, 2 * sigma2[1], 1], [1, 1, 0]])
            found.append(np.linalg.solve(system, [0, 0, 1])[:2])
        return constant_weights.best_constant_weights(problem, proposals), np.stack(found)

    yield Pin(
        "constant_weights.constant_weight_bias",
        "S bias, S to inf",
        "sum a^2 b1",
        "Laplace, extrapolated",
        "d=2 C=2",
        RULE,
        lambda: (constant_weights.constant_weight_bias(problem, proposals, a), extrapolated("bias")),
    )
    yield Pin(
        "constant_weights.constant_weight_covariance",
        "S MSE, S to inf",
        "sum a^2 Sigma",
        "Laplace, extrapolated",
        "d=2 C=2",
        RULE,
        lambda: (
            np.einsum("nee->ne", constant_weights.constant_weight_covariance(problem, proposals, a)),
            extrapolated("mse"),
        ),
    )
    yield Pin(
        "constant_weights.best_constant_weights",
        "a",
        "1 / sigma^2",
        "Lagrange, densities",
        "d=2 C=2",
        RULE,
        best,
    )
