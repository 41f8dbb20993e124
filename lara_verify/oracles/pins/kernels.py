"""Pins of kernel variances: second moments of the features themselves, by quadrature over what is drawn.

For a block only the components of its rows along ``e = z / |z|`` matter. The first two coordinates of a Haar-uniform
direction in R^d, ``(c_1, c_2) = r (cos a, sin a)``, have the density ``r (1 - r^2)^((d - 4) / 2)``; two orthonormal
rows have components c_1 and c_2 along e, and two of inner product k have c_1 and ``k c_1 + sqrt(1 - k^2) c_2``.
Lengths are integrated one by one, by their chi density. No hypergeometric function occurs.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles import kernel_variance
from lara_verify.oracles.answer import Array
from lara_verify.oracles.kernel_variance import FeatureMap
from lara_verify.oracles.pins.draws import grid, mean_over_lengths
from lara_verify.oracles.pins.inputs import problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin


def kernel_pins() -> Iterator[Pin]:
    """Each feature map by quadrature; the orthogonal block's closed form also in balls."""
    plane = problem_of(2, size=0.45)
    features: dict[str, tuple[FeatureMap, Callable[[Array, Array, Array], Array]]] = {
        "Positive": (kernel_variance.Positive(), _positive),
        "Hyperbolic": (kernel_variance.Hyperbolic(), _hyperbolic),
        "TrigonometricFeatures": (kernel_variance.TrigonometricFeatures(), _trigonometric),
    }
    for name, (known, feature) in features.items():

        def answers(known: FeatureMap = known, feature: Callable[..., Array] = feature) -> tuple[Array, Array]:
            x, y, _ = scaled(plane)
            points, weights = grid(2, 0.14, 14)
            found = np.zeros((len(x), len(y)))
            for n, m in np.ndindex(found.shape):
                values, exact = feature(points, x[n], y[m]), np.exp(x[n] @ y[m])
                found[n, m] = weights @ (values - exact) ** 2 / exact**2
            return kernel_variance.kernel_variance(plane, known).value, found

        yield Pin(f"kernel_variance.{name}", "Var / SM^2", "closed form", "features on a grid", "d=2", RULE, answers)
    for dim in (2, 3, 8, 64):
        problem = problem_of(dim, size=0.9 / np.sqrt(dim))
        for block, couple in ((kernel_variance.OrthogonalBlock, 0.0), (kernel_variance.SimplexBlock, -1 / (dim - 1))):
            yield Pin(
                f"kernel_variance.{block.__name__}",
                "Var / SM^2, S = d rows",
                "1F1" if couple == 0 else "1F1, mean over angles",
                "directions, lengths",
                f"d={dim}",
                RULE,
                partial(_block, problem, block(dim), couple),
            )
        yield Pin(
            "kernel_variance.OrthogonalBlock",
            "Var / SM^2, S = 2 rows",
            "1F1, float64",
            "1F1, balls",
            f"d={dim}",
            CLOSED,
            partial(_orthogonal_balls, problem),
        )


def _positive(w: Array, x: Array, y: Array) -> Array:
    return np.asarray(np.exp(w @ x - x @ x / 2) * np.exp(w @ y - y @ y / 2))


def _hyperbolic(w: Array, x: Array, y: Array) -> Array:
    return (_positive(w, x, y) + _positive(-w, x, y)) / 2


def _trigonometric(w: Array, x: Array, y: Array) -> Array:
    return np.asarray(np.exp((x @ x + y @ y) / 2) * np.cos(w @ x - w @ y))


def _block(problem: Problem, block: FeatureMap, inner: float) -> tuple[Array, Array]:
    """Variance of the mean of d rows whose directions have this inner product."""
    x, y, _ = scaled(problem)
    dim = problem.dim
    first, other, weights = _two_components(dim)
    second = inner * first + np.sqrt(1 - inner**2) * other
    found = np.zeros((len(x), len(y)))
    for n, m in np.ndindex(found.shape):
        phi = float(((x[n] + y[m]) ** 2).sum())
        size = np.sqrt(phi)
        square = weights @ mean_over_lengths(2 * size * first, dim)
        product = weights @ (mean_over_lengths(size * first, dim) * mean_over_lengths(size * second, dim))
        found[n, m] = (square / dim + (1 - 1 / dim) * product) * np.exp(-phi) - 1
    return kernel_variance.kernel_variance(problem, block).value, found


def _two_components(dim: int) -> tuple[Array, Array, Array]:
    """``c_1``, ``c_2`` and weights: ``r = sin b``, b of density ``sin b cos^(d-3) b``; in the plane r = 1."""
    angles = 2 * np.pi * np.arange(64) / 64
    if dim == 2:
        return np.cos(angles), np.sin(angles), np.full(64, 1 / 64)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    b = (nodes + 1) * np.pi / 4
    law = weights * np.sin(b) * np.cos(b) ** (dim - 3)
    radius = np.sin(b)[:, None]
    shares = np.repeat(law / law.sum() / 64, 64)
    return (radius * np.cos(angles)).ravel(), (radius * np.sin(angles)).ravel(), shares


def _orthogonal_balls(problem: Problem) -> tuple[Array, Array]:
    from flint import acb, ctx

    x, y, _ = scaled(problem)
    dim = problem.dim
    found = np.zeros((len(x), len(y)))
    bits, ctx.prec = ctx.prec, 200
    try:
        for n, m in np.ndindex(found.shape):
            phi = acb(float(((x[n] + y[m]) ** 2).sum()))
            pair = (-phi).exp() * (phi / 2).hypgeom_1f1(acb(dim), acb(dim) / 2)
            found[n, m] = float(((phi.exp() - 1) / 2 + (pair - 1) / 2).real.mid())
    finally:
        ctx.prec = bits
    return kernel_variance.kernel_variance(problem, kernel_variance.OrthogonalBlock(2)).value, found
