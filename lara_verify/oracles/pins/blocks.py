"""Pins of G for coupled rows: integration over rotations of the plane and of space, and over lengths one by one."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array
from lara_verify.oracles.block_sampling import OrthogonalRows, SimplexRows
from lara_verify.oracles.kernel_variance import OrthogonalBlock, SimplexBlock, kernel_variance
from lara_verify.oracles.pins.draws import mean_over_lengths
from lara_verify.oracles.pins.inputs import problem_of, scaled
from lara_verify.oracles.pins.pin import RULE, Pin
from lara_verify.oracles.sampling import Sampling


def block_pins() -> Iterator[Pin]:
    """Blocks of d rows in two and three dimensions, off the diagonal too; in 64 dimensions the diagonal."""
    for dim in (2, 3):
        problem = problem_of(dim, size=0.45)
        for rows, inner in ((OrthogonalRows(dim), 0.0), (SimplexRows(dim), -1 / (dim - 1))):
            yield Pin(
                f"block_sampling.{type(rows).__name__}",
                "G, S = d rows",
                "series of 1F1",
                "rotations, lengths",
                f"d={dim}",
                RULE,
                partial(_by_rotations, problem, rows, inner),
            )
    wide = problem_of(64, size=0.1)
    for rows, block in ((OrthogonalRows(64), OrthogonalBlock(64)), (SimplexRows(64), SimplexBlock(64))):
        yield Pin(
            f"block_sampling.{type(rows).__name__}",
            "G_mm, S = d rows",
            "series of 1F1",
            "kernel_variance",
            "d=64",
            RULE,
            partial(_diagonal, wide, rows, block),
        )


def _diagonal(problem: Problem, rows: Sampling, block: OrthogonalBlock | SimplexBlock) -> tuple[Array, Array]:
    x, y, _ = scaled(problem)
    return np.einsum("nmm->nm", np.exp(rows.log_gram(x, y))), 1 + kernel_variance(problem, block).value


def _by_rotations(problem: Problem, rows: Sampling, inner: float) -> tuple[Array, Array]:
    x, y, _ = scaled(problem)
    first, others, weights = _frames(problem.dim)
    second = inner * first[:, None, :] + np.sqrt(1 - inner**2) * others
    found = np.zeros((len(x), len(y), len(y)))
    for n, m, k in np.ndindex(found.shape):
        a, b = x[n] + y[m], x[n] + y[k]
        one = mean_over_lengths(first @ a, problem.dim)
        two = mean_over_lengths((second @ b).ravel(), problem.dim).reshape(others.shape[:2])
        scale = np.exp(-(a @ a + b @ b) / 2)
        own = weights @ mean_over_lengths(first @ (a + b), problem.dim)
        found[n, m, k] = scale * (own / problem.dim + (1 - 1 / problem.dim) * (weights * one) @ two.mean(axis=1))
    return np.exp(rows.log_gram(x, y)), found


def _frames(dim: int) -> tuple[Array, Array, Array]:
    """Directions ``(P, d)`` on circle or sphere, perpendicular ones of each ``(P, Q, d)``, weights of the first."""
    turn = 2 * np.pi * np.arange(40) / 40
    if dim == 2:
        first = np.stack([np.cos(turn), np.sin(turn)], axis=1)
        across = np.stack([-np.sin(turn), np.cos(turn)], axis=1)
        return first, np.stack([across, -across], axis=1), np.full(40, 1 / 40)
    heights, shares = np.polynomial.legendre.leggauss(30)
    height, angle = (a.ravel() for a in np.meshgrid(heights, turn, indexing="ij"))
    radius = np.sqrt(1 - height**2)
    first = np.stack([radius * np.cos(angle), radius * np.sin(angle), height], axis=1)
    east = np.stack([-np.sin(angle), np.cos(angle), np.zeros_like(angle)], axis=1)
    north = np.cross(first, east)
    others = np.cos(turn)[:, None] * east[:, None, :] + np.sin(turn)[:, None] * north[:, None, :]
    return first, others, np.repeat(shares / 2 / 40, 40)
