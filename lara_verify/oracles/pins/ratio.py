"""Pins of the Laplace oracle: at one draw, at two and three by all draws at once, and at 1e5 by series."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array
from lara_verify.oracles.expansion import bias_expansion
from lara_verify.oracles.first_order import first_order_covariance
from lara_verify.oracles.pins.draws import (
    Draw,
    attention_weights,
    deviations,
    feature_draw,
    grid,
    hermite,
    pair_draw,
    tensor_ratio,
)
from lara_verify.oracles.pins.inputs import PLANE_COVARIANCE, direction, problem_of, scaled
from lara_verify.oracles.pins.pin import RULE, Pin
from lara_verify.oracles.ratio import RatioOracle, constant_weight_lara, rfa_proposal
from lara_verify.oracles.sampling import AntitheticProposal, CorrelatedProposal, GaussianProposal, Sampling
from lara_verify.oracles.strata import Stratum

_MANY = 100_000
_WIDE = 1.3
Strata = Sequence[Stratum]


def ratio_pins() -> Iterator[Pin]:
    """Bias and mean square together: they come from one table."""
    yield from _one_draw()
    yield from _few_draws()
    yield from _many_draws()


def _pin(quantity: str, second: str, problem: str, answers: partial[tuple[Array, Array]]) -> Pin:
    return Pin("ratio.RatioOracle", quantity, "Laplace", second, problem, RULE, answers)


def _one_draw() -> Iterator[Pin]:
    """At S = 1 the weight cancels, and the estimate is f(w): its moments are integrals of f alone."""
    plane, low, wide = problem_of(2, keys=4), problem_of(64, 2), problem_of(8, 1)
    cases: dict[str, tuple[Problem, Array | None, Array | None]] = {
        "N(0, I), d=2": (plane, None, None),
        "N(0, I), d=64 span 2": (low, None, None),
        "N(mu, I), d=2": (plane, direction(plane, 0.5), None),
        "N(mu, Sigma), d=2": (plane, direction(plane, 0.5), PLANE_COVARIANCE),
        "N(0, 1.3 I), d=8 span 1": (wide, None, _WIDE * np.eye(8)),
    }
    for name, case in cases.items():
        proposal, problem = name.rsplit(", d", 1)
        yield _pin(f"bias, MSE at S=1, {proposal}", "f(w) on a grid", f"d{problem}", partial(_at_one, *case))


def _at_one(problem: Problem, mu: Array | None, covariance: Array | None) -> tuple[Array, Array]:
    mean = np.zeros(problem.dim) if mu is None else mu
    x, y, v = scaled(problem)
    basis = np.linalg.svd(np.concatenate([y, mean[None]]))[2]
    rank = int(np.linalg.matrix_rank(np.concatenate([y, mean[None]]), tol=1e-9))
    basis = basis[:rank].T
    points, weights = grid(rank)
    root = np.eye(rank) if covariance is None else np.linalg.cholesky(basis.T @ covariance @ basis)
    w = points @ root.T + mean @ basis
    logits = w @ (y @ basis).T - 0.5 * (y**2).sum(axis=1)
    f = np.exp(logits) @ v / np.exp(logits).sum(axis=1, keepdims=True)
    found = []
    for query in x:
        error = f - attention_weights(query, y) @ v
        found.append(np.stack([weights @ error, weights @ error**2]))
    return _laplace(problem, rfa_proposal(mean, covariance), 1), np.stack(found, axis=1)


def _few_draws() -> Iterator[Pin]:
    line, low = problem_of(1), problem_of(8, 1, size=0.45)
    mu = np.array([0.4])
    wide = _WIDE * np.eye(1)
    lara = constant_weight_lara(np.array([[0.4], [-0.3]]), np.array([0.7, 0.3]))
    cases: dict[str, tuple[Strata, int]] = {
        "S=2, N(0, I)": (rfa_proposal(np.zeros(1)), 2),
        "S=3, N(0, I)": (rfa_proposal(np.zeros(1)), 3),
        "S=2, N(mu, I)": (rfa_proposal(mu), 2),
        "S=3, N(mu, 1.3 I)": (rfa_proposal(mu, wide), 3),
        "2 pairs": (rfa_proposal(np.zeros(1), antithetic=True), 4),
        "2 pairs about mu": (rfa_proposal(mu, antithetic=True), 4),
        "lara constant, 1 + 1 draws": (lara, 2),
        "lara constant, 2 + 2 draws": (lara, 4),
    }
    for name, (strata, n_samples) in cases.items():
        yield _pin(f"bias, MSE, {name}", "all draws at once", "d=1", partial(_by_all, line, strata, n_samples))
    yield _pin("bias, MSE, S=2, N(0, 1.3 I)", "all draws at once", "d=8 span 1", partial(_by_all_wide, low))


def _by_all(problem: Problem, strata: Strata, n_samples: int) -> tuple[Array, Array]:
    x, y, v = scaled(problem)
    n_each = n_samples // sum(stratum.draws for stratum in strata)
    rule = hermite(1, 100 if n_each * len(strata) < 4 else 40)
    found = []
    for query in x:
        draws = []
        for stratum in strata:
            draw = (
                pair_draw(query, y, rule, stratum.mu)
                if stratum.antithetic
                else feature_draw(query, y, rule, stratum.mu, stratum.covariance)
            )
            draws += [Draw(draw.weights, stratum.weight * draw.parts)] * n_each
        found.append(np.stack(tensor_ratio(draws, deviations(query, y, v))))
    return _laplace(problem, strata, n_samples), np.stack(found, axis=1)


def _by_all_wide(problem: Problem) -> tuple[Array, Array]:
    """In 8 dimensions of which inputs span one: a normal along it, a length ``chi_7`` by Gauss-Legendre across."""
    x, y, v = scaled(problem)
    axis = y[0] / np.linalg.norm(y[0])
    along, along_weights = hermite(1, 40)
    nodes, lengths_weights = np.polynomial.legendre.leggauss(40)
    lengths = 4.5 * (nodes + 1)
    law = lengths**6 * np.exp(-0.5 * lengths**2) * lengths_weights
    across = np.zeros(8)
    across[np.abs(axis).argmin()] = 1
    across -= axis * (axis @ across)
    across /= np.linalg.norm(across)
    points = (along[:, None, :] * axis + lengths[None, :, None] * across).reshape(-1, 8)
    rule = points, np.outer(along_weights, law / law.sum()).ravel()
    covariance = _WIDE * np.eye(8)
    found = []
    for query in x:
        draw = feature_draw(query, y, rule, None, covariance)
        found.append(np.stack(tensor_ratio([draw, draw], deviations(query, y, v))))
    return _laplace(problem, rfa_proposal(np.zeros(8), covariance), 2), np.stack(found, axis=1)


def _many_draws() -> Iterator[Pin]:
    problem = problem_of(8, 2, size=0.35)
    mu = direction(problem, 0.3)
    covariance = _WIDE * np.eye(8)
    cases: dict[str, tuple[Strata, Sampling]] = {
        "N(0, I)": (rfa_proposal(np.zeros(8)), GaussianProposal()),
        "pairs": (rfa_proposal(np.zeros(8), antithetic=True), AntitheticProposal()),
        "N(mu, I)": (rfa_proposal(mu), GaussianProposal(mu)),
        "N(0, 1.3 I)": (rfa_proposal(np.zeros(8), covariance), CorrelatedProposal(covariance)),
    }
    for name, case in cases.items():
        yield _pin(f"bias at S=1e5, {name}", "b1 + b2/S + b3/S^2", "d=8 span 2", partial(_by_series, problem, *case))
        yield _pin(f"S MSE, S to inf, {name}", "G, closed form", "d=8 span 2", partial(_by_variance, problem, *case))


def _by_series(problem: Problem, strata: Strata, sampling: Sampling) -> tuple[Array, Array]:
    laplace = _laplace(problem, strata, _MANY * strata[0].draws)[0]
    return _MANY * laplace, bias_expansion(problem, sampling).scaled_bias(_MANY)


def _by_variance(problem: Problem, strata: Strata, sampling: Sampling) -> tuple[Array, Array]:
    """``S MSE = c + c' / S + c'' / S^2 + ..``: from S, 2S and 4S, what leaves c and terms of ``S^-3``."""
    oracle = RatioOracle(problem, strata)
    g = [n * oracle.moments(n * strata[0].draws).mse.value for n in (_MANY, 2 * _MANY, 4 * _MANY)]
    return (8 * g[2] - 6 * g[1] + g[0]) / 3, np.einsum("nee->ne", first_order_covariance(problem, sampling))


def _laplace(problem: Problem, strata: Strata, n_samples: int) -> Array:
    moments = RatioOracle(problem, strata).moments(n_samples)
    return np.stack([moments.bias.value, moments.mse.value])
