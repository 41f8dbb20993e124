"""Pins of the part of the error that is linear in the draws."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from lara_verify.oracles import first_order, linear_error
from lara_verify.oracles.answer import Array
from lara_verify.oracles.pins.draws import attention_weights, deviations, hermite
from lara_verify.oracles.pins.inputs import PLANE_COVARIANCE, direction, problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin
from lara_verify.oracles.sampling import CorrelatedProposal, GaussianProposal


def linear_error_pins() -> Iterator[Pin]:
    """Second moments of L by quadrature against closed forms; LARA's L at given draws against densities."""
    problem = problem_of(2, size=0.35, keys=4, mask=True)
    mu = direction(problem, 0.3)
    nodes, weights = hermite(2)

    def square(proposal: GaussianProposal | CorrelatedProposal) -> tuple[Array, Array]:
        parts = linear_error.linear_error(problem, nodes[:, None, :], proposal)
        return np.einsum("p,pne,pnf->nef", weights, parts, parts), first_order.first_order_covariance(problem, proposal)

    def value(weighted: bool) -> tuple[Array, Array]:
        """At given draws, one from each of two proposals, from densities."""
        x, y, v = scaled(problem)
        means, a = np.stack([mu, -0.5 * mu]), np.array([0.7, 0.3])
        normals = np.random.default_rng(5).normal(size=(4, 2, 3, 2))
        total = np.zeros((4, len(x), v.shape[1]))
        for c in range(2):
            for z in range(3):
                w = means[c] + normals[:, c, z]
                densities = [_density(w, m) for m in means]
                proposal = densities[c] / a[c] if weighted else np.sum(densities, axis=0)
                for n, query in enumerate(x):
                    joint = [
                        p * _density(w, query + key) for p, key in zip(attention_weights(query, y), y, strict=True)
                    ]
                    total[:, n] += (np.stack(joint, axis=1) @ deviations(query, y, v)) / proposal[:, None] / 3
        return linear_error.lara_linear_error(problem, normals, means, a if weighted else None), total

    for name, proposal in (
        ("N(mu, I)", GaussianProposal(mu)),
        ("N(mu, Sigma)", CorrelatedProposal(PLANE_COVARIANCE, mu)),
    ):
        yield Pin(
            "linear_error.linear_error",
            f"E L L', {name}",
            "Gauss-Hermite",
            "first_order, closed form",
            "d=2 masked",
            RULE,
            partial(square, proposal),
        )
    for weighted in (True, False):
        yield Pin(
            "linear_error.lara_linear_error",
            f"L, {'constant' if weighted else 'balance'}",
            "products",
            "densities",
            "d=2 masked",
            CLOSED,
            partial(value, weighted),
        )


def _density(w: Array, mean: Array) -> Array:
    return np.asarray(np.exp(-0.5 * ((w - mean) ** 2).sum(axis=-1)) / (2 * np.pi) ** (w.shape[-1] / 2))
