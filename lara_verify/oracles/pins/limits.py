"""Pins of landmarks, and of limits of inconsistent weightings: ``E_{p_x}[a f] / E_{p_x}[a]`` as it stands.

The oracle reweights keys and never evaluates f; here the target's density, the weighting and f(w) stand under one
integral, which is split where the clamp has its kink.
"""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles import landmarks, limits
from lara_verify.oracles.answer import Array
from lara_verify.oracles.pins.draws import attention_weights
from lara_verify.oracles.pins.inputs import problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin

_REACH, _STEP = 12.0, 0.1
_BETAS = (1.0, 8.0)


def limit_pins() -> Iterator[Pin]:
    """The clamp on a line and in the plane, the biased affinity with three proposals in the plane."""
    masked = problem_of(3, queries=5, keys=7, mask=True)
    yield Pin(
        "landmarks.plain_landmarks",
        "mu",
        "segments",
        "numpy.array_split",
        "d=3 C=3 masked",
        CLOSED,
        lambda: (landmarks.plain_landmarks(masked, 3)[()].mu, _masked_landmarks(masked, 3)),
    )
    for beta in _BETAS:
        for dim in (1, 2):
            problem = problem_of(dim, size=0.9, keys=4)
            yield Pin(
                "limits.limit",
                f"lim, query-clamped, beta {beta:g}",
                "reweighted keys",
                "target density, split",
                f"d={dim} C=2",
                RULE,
                partial(_clamped, problem, beta),
            )
    yield Pin(
        "limits.limit",
        "lim, affinity-biased",
        "reweighted keys",
        "target density on a grid",
        "d=2 C=3",
        RULE,
        partial(_biased, problem_of(2, size=0.9, queries=3, keys=3)),
    )


def _masked_landmarks(problem: Problem, n_proposals: int) -> Array:
    root = problem.scale**0.5
    x, y = (root * a for a in (problem.q, np.where(problem.key_mask[:, None], problem.k, np.nan)))
    parts = zip(np.array_split(x, n_proposals), np.array_split(y, n_proposals), strict=True)
    return np.stack([queries.mean(axis=0) + np.nanmean(keys, axis=0) for queries, keys in parts])


def _landmarks(x: Array, y: Array, n_proposals: int) -> tuple[Array, Array]:
    x_bar = np.stack([part.mean(axis=0) for part in np.array_split(x, n_proposals)])
    return x_bar, x_bar + np.stack([part.mean(axis=0) for part in np.array_split(y, n_proposals)])


def _clamped(problem: Problem, beta: float) -> tuple[Array, Array]:
    """Axes: along the difference of the two means, where the kinks are, and across."""
    x, y, v = scaled(problem)
    x_bar, mu = _landmarks(x, y, 2)
    gap = mu[1] - mu[0]
    length = float(np.linalg.norm(gap))
    axes = np.linalg.svd(gap[None] / length)[2]
    across = np.arange(-_REACH, _REACH, _STEP)[:, None] * axes[1] if problem.dim == 2 else np.zeros((1, 1))
    step = _STEP if problem.dim == 2 else 1.0
    found = []
    for query in x:
        t = np.array([np.exp(c @ query) / sum(np.exp(c @ other) for other in x) for c in x_bar])
        offset = beta * (t - t.mean())
        kinks = []
        for c, sign in ((0, 1.0), (1, -1.0)):
            level = 1e-8 - offset[c]  # BH_0 = 1 / (1 + exp(w.gap - (|mu_1|^2 - |mu_0|^2) / 2)), BH_1 = 1 - BH_0
            if 0 < level < 1:
                exponent = sign * np.log(1 / level - 1)
                kinks.append((exponent + (mu[1] @ mu[1] - mu[0] @ mu[0]) / 2) / length)

        def total(w: Array, offset: Array = offset) -> Array:
            return np.asarray(np.maximum(_balance(w, mu) + offset, 1e-8).sum(axis=-1))

        along, weights = _split_rule(kinks)
        w = (along[:, None, None] * (gap / length) + across).reshape(-1, problem.dim)
        found.append(_ratio(query, y, v, w, np.repeat(step * weights, len(across)), total))
    return limits.limit(problem, limits.QueryClamped(beta), 2).value, np.stack(found)


def _biased(problem: Problem) -> tuple[Array, Array]:
    x, y, v = scaled(problem)
    _, mu = _landmarks(x, y, 3)
    line = np.arange(-_REACH, _REACH, _STEP)
    w = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    found = []
    for query in x:

        def total(w: Array, query: Array = query) -> Array:
            return np.asarray((np.exp(mu @ query) * _balance(w, mu)).sum(axis=-1))

        found.append(_ratio(query, y, v, w, np.full(len(w), _STEP**2), total))
    return limits.limit(problem, limits.AffinityBiased(), 3).value, np.stack(found)


def _split_rule(kinks: list[float]) -> tuple[Array, Array]:
    """Gauss-Legendre with 40 nodes on pieces of length at most one."""
    edges = np.unique([*np.arange(-_REACH, _REACH + 0.5), *kinks])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return (middle + half * nodes).ravel(), (half * weights).ravel()


def _balance(w: Array, mu: Array) -> Array:
    densities = np.stack([np.exp(-0.5 * ((w - m) ** 2).sum(axis=-1)) for m in mu], axis=-1)
    return np.asarray(densities / densities.sum(axis=-1, keepdims=True))


def _ratio(x: Array, y: Array, v: Array, w: Array, weights: Array, total: Callable[[Array], Array]) -> Array:
    pi = attention_weights(x, y)
    density = sum(p * np.exp(-0.5 * ((w - x - key) ** 2).sum(axis=-1)) for p, key in zip(pi, y, strict=True))
    joint = np.stack([np.exp(w @ key - key @ key / 2) for key in y], axis=-1)
    f = joint @ v / joint.sum(axis=-1, keepdims=True)
    shares = weights * density * total(w)
    return np.asarray(shares @ f / shares.sum())
