"""Pins of key sampling: moments of counts by going through all draws, and the Laplace formula against enumeration."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import permutations, product

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles import enumeration, key_ratio, key_sampling
from lara_verify.oracles.answer import Array
from lara_verify.oracles.key_sampling import FirstOrder
from lara_verify.oracles.pins.draws import attention_weights, deviations
from lara_verify.oracles.pins.inputs import problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin

_DRAWS = 3
_MANY = 100_000
Outcomes = list[tuple[float, Array]]
"""Chance and counts over their means, key by key, of everything that can be drawn."""


def key_pins() -> Iterator[Pin]:
    """Laws of four keys that take part, of five."""
    problem = problem_of(3, size=0.8, keys=5, mask=True)
    laws: dict[str, tuple[FirstOrder, Callable[[int], Outcomes], enumeration.KeyMoments]] = {
        "independent": _independent(problem),
        "poisson": _poisson(problem),
        "tail": _tail(problem),
    }
    for name, (first_order, outcomes, moments) in laws.items():
        yield Pin(
            f"key_sampling.{name}_keys",
            "Var D, bias, cov",
            "closed form",
            "moments of all draws",
            "M=4",
            CLOSED,
            partial(_first_order, problem, first_order, outcomes),
        )
        yield Pin(
            f"enumeration.{name}_keys_moments",
            "bias, MSE, E D",
            "sets with multiplicity" if name != "poisson" else "sets",
            "ordered draws" if name != "poisson" else "sets, recursively",
            "M=4",
            CLOSED,
            partial(_enumerated, problem, moments, outcomes),
        )
    yield from _ratios(problem)
    yield from _laws()


def _q(problem: Problem) -> Array:
    return key_sampling.value_norm_probabilities(problem)


def _rho(problem: Problem) -> Array:
    return key_sampling.inclusion_probabilities(problem, key_sampling.collision_sizes(problem, 2), _DRAWS)


def _independent(problem: Problem) -> tuple[FirstOrder, Callable[[int], Outcomes], enumeration.KeyMoments]:
    q = _q(problem)[problem.key_mask]

    def outcomes(_: int) -> Outcomes:
        found = []
        for drawn in product(range(len(q)), repeat=_DRAWS):
            counts = np.zeros(len(q))
            for m in drawn:
                counts[m] += 1 / (_DRAWS * q[m])
            found.append((float(np.prod([q[m] for m in drawn])), counts))
        return found

    return (
        key_sampling.independent_keys(problem, _q(problem), _DRAWS),
        outcomes,
        enumeration.independent_keys_moments(problem, _q(problem), _DRAWS),
    )


def _poisson(problem: Problem) -> tuple[FirstOrder, Callable[[int], Outcomes], enumeration.KeyMoments]:
    rho = _rho(problem)

    def outcomes(n: int) -> Outcomes:
        found: Outcomes = [(1.0, np.zeros(0))]
        for r in rho[n][problem.key_mask]:
            found = [(p * (1 - r), np.append(c, 0)) for p, c in found] + [
                (p * r, np.append(c, 1 / r)) for p, c in found
            ]
        return found

    return key_sampling.poisson_keys(problem, rho), outcomes, enumeration.poisson_keys_moments(problem, rho)


def _tail(problem: Problem) -> tuple[FirstOrder, Callable[[int], Outcomes], enumeration.KeyMoments]:
    exact = np.array([False, False, False, True, False])  # the third of the four keys that take part

    def outcomes(_: int) -> Outcomes:
        ordered = list(permutations([0, 1, 3], 2))
        found = []
        for drawn in ordered:
            counts = np.array([0.0, 0, 1, 0])
            counts[list(drawn)] = 3 / 2
            found.append((1 / len(ordered), counts))
        return found

    return (
        key_sampling.tail_keys(problem, exact, 2),
        outcomes,
        enumeration.tail_keys_moments(problem, exact, 2),
    )


def _sums(problem: Problem, n: int, outcomes: Outcomes) -> tuple[Array, Array, Array, Array]:
    """Chances, ``D``, ``N`` and the estimate less A of every outcome."""
    x, y, v = scaled(problem)
    pi, u = attention_weights(x[n], y), deviations(x[n], y, v)
    chance = np.array([p for p, _ in outcomes])
    d = np.array([sum(c * p for c, p in zip(counts, pi, strict=True)) for _, counts in outcomes])
    top = np.array([sum(c * p * w for c, p, w in zip(counts, pi, u, strict=True)) for _, counts in outcomes])
    error = np.array([a / b if b > 0 else u.mean(axis=0) for a, b in zip(top, d, strict=True)])
    return chance, d, top, error


def _first_order(problem: Problem, known: FirstOrder, outcomes: Callable[[int], Outcomes]) -> tuple[Array, Array]:
    found = []
    for n in range(problem.n_queries):
        chance, d, top, _ = _sums(problem, n, outcomes(n))
        covariance = np.einsum("o,oe,of->ef", chance, top, top)
        found.append([chance @ (d - 1) ** 2, *(-chance @ (top * (d - 1)[:, None])), *covariance.ravel()])
    flat = [known.normaliser_variance[:, None], known.bias, known.covariance.reshape(problem.n_queries, -1)]
    return np.concatenate(flat, axis=1), np.array(found)


def _enumerated(
    problem: Problem, known: enumeration.KeyMoments, outcomes: Callable[[int], Outcomes]
) -> tuple[Array, Array]:
    found = []
    for n in range(problem.n_queries):
        chance, d, _, error = _sums(problem, n, outcomes(n))
        found.append([*(chance @ error), *(chance @ error**2), chance @ d])
    return np.concatenate([known.bias.value, known.mse.value, known.normaliser.value[:, None]], axis=1), np.array(found)


def _ratios(problem: Problem) -> Iterator[Pin]:
    def independent(n_samples: int) -> tuple[Array, Array]:
        roads = (key_ratio.independent_keys_ratio, enumeration.independent_keys_moments)
        first, second = (road(problem, _q(problem), n_samples) for road in roads)
        return np.stack([first.bias.value, first.mse.value]), np.stack([second.bias.value, second.mse.value])

    def poisson() -> tuple[Array, Array]:
        roads = (key_ratio.poisson_keys_ratio, enumeration.poisson_keys_moments)
        first, second = (road(problem, _rho(problem)) for road in roads)
        return np.stack([first.bias.value, first.mse.value]), np.stack([second.bias.value, second.mse.value])

    def many() -> tuple[Array, Array]:
        g = [n * key_ratio.independent_keys_ratio(problem, _q(problem), n).bias.value for n in (_MANY, 2 * _MANY)]
        return 2 * g[1] - g[0], key_sampling.independent_keys(problem, _q(problem), 1).bias

    for n_samples in (1, 8, 32):
        yield Pin(
            "key_ratio.independent_keys_ratio",
            f"bias, MSE at S={n_samples}",
            "Laplace",
            "all multisets",
            "M=4",
            RULE,
            partial(independent, n_samples),
        )
    yield Pin("key_ratio.independent_keys_ratio", "b1", "Laplace, extrapolated", "first order", "M=4", RULE, many)
    yield Pin("key_ratio.poisson_keys_ratio", "bias, MSE", "Laplace", "all sets", "M=4", RULE, poisson)


def _laws() -> Iterator[Pin]:
    rng = np.random.default_rng(8)
    q, k, v = rng.normal(size=(2, 2)), rng.normal(size=(3, 2)), rng.normal(size=(3, 2))
    problem = Problem(q, k, v)

    def collisions() -> tuple[Array, Array]:
        """Share of normals, uniform on the half circle, that leave query and key on one side: an arc."""
        found = np.zeros((2, 3))
        for n, m in np.ndindex(2, 3):
            turns = [(np.arctan2(a[1], a[0]) + np.pi / 2) % np.pi for a in (q[n], k[m])]  # where a side changes
            arc, middle = abs(turns[0] - turns[1]) / np.pi, (turns[0] + turns[1]) / 2
            normal = np.array([np.cos(middle), np.sin(middle)])
            found[n, m] = arc if (q[n] @ normal) * (k[m] @ normal) > 0 else 1 - arc
        return key_sampling.collision_sizes(problem, 3), found**3

    yield Pin("key_sampling.collision_sizes", "g", "arccos", "arcs of the circle", "d=2", CLOSED, collisions)
