"""Pins of the target and of one random-feature draw: softmax, the drawn index, f(w), RA and its strata."""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles import index_sampling, one_sample
from lara_verify.oracles.answer import Array
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.pins.draws import attention_weights, grid
from lara_verify.oracles.pins.inputs import problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin

_TERMS = 60
_CHUNKS, _DRAWS = 2, 6


def drawn_index_pins() -> Iterator[Pin]:
    """The target by exact rational series; laws of the drawn index by balls; f(w) on a grid."""
    masked, plane = problem_of(8, keys=5, mask=True), problem_of(2, keys=5, mask=True)
    rng = np.random.default_rng(3)
    q, k, v = (rng.normal(size=(4, n)) for n in (3, 3, 2))
    causal = Problem(q, k, v, causal=True)
    for name, problem in (("d=8 masked", masked), ("causal", causal)):
        yield Pin(
            "exact_softmax.exact_softmax",
            "A",
            "balls",
            "series in fractions",
            name,
            CLOSED,
            partial(_softmax, problem),
        )
        yield Pin(
            "index_sampling.index_mean",
            "A",
            "float64",
            "balls",
            name,
            CLOSED,
            partial(_index_mean, problem),
        )
        yield Pin(
            "index_sampling.index_variance",
            "Var v_m",
            "centred squares",
            "balls, of v and of v^2",
            name,
            CLOSED,
            partial(_index_variance, problem),
        )
    kinds = {
        "rfa_mean_at_one_sample": "E f(w), w ~ N(0, I)",
        "rfa_variance_at_one_sample": "Var f(w), w ~ N(0, I)",
        "ra_variance": "Var f(w), w ~ p_x",
        "stratified_ra_variance": "Var, 2 chunks of 3 draws",
    }
    for function, quantity in kinds.items():
        yield Pin(
            f"one_sample.{function}",
            quantity,
            "Gauss-Hermite",
            "densities on a grid",
            "d=2 masked",
            RULE,
            partial(_one_sample, function, plane),
        )
    low = problem_of(16, 3, keys=4)
    yield Pin(
        "one_sample.ra_mean",
        "E f(w), w ~ p_x",
        "Gauss-Hermite",
        "balls: softmax",
        "d=16 span 3",
        RULE,
        lambda: (one_sample.ra_mean(low).value, exact_softmax(low).value),
    )


def _softmax(problem: Problem) -> tuple[Array, Array]:
    """Each exponential as 60 terms of its series, in exact fractions of the float64 inputs."""
    scale = Fraction(problem.scale)
    kept = np.ones(problem.n_keys, bool) if problem.key_mask is None else problem.key_mask
    found = np.zeros((problem.n_queries, problem.value_dim))
    for n, query in enumerate(problem.q):
        seen = [m for m in range(problem.n_keys) if kept[m] and (m <= n or not problem.causal)]
        weights = []
        for m in seen:
            logit = scale * sum(Fraction(a) * Fraction(b) for a, b in zip(query, problem.k[m], strict=True))
            logit = Fraction(round(logit * 2**200), 2**200)  # keeps the fractions short
            term, total = Fraction(1), Fraction(1)
            for i in range(1, _TERMS):
                term = Fraction(round(term * logit / i * 2**200), 2**200)
                total += term
            weights.append(total)
        for j in range(problem.value_dim):
            top = sum(w * Fraction(problem.v[m, j]) for w, m in zip(weights, seen, strict=True))
            found[n, j] = float(top / sum(weights))
    return exact_softmax(problem).value, found


def _index_mean(problem: Problem) -> tuple[Array, Array]:
    return index_sampling.index_mean(problem), exact_softmax(problem).value


def _index_variance(problem: Problem) -> tuple[Array, Array]:
    def mean(v: Array) -> Array:
        return exact_softmax(
            Problem(problem.q, problem.k, v, problem.scale, key_mask=problem.key_mask, causal=problem.causal)
        ).value

    return index_sampling.index_variance(problem), mean(problem.v**2) - mean(problem.v) ** 2


def _one_sample(function: str, problem: Problem) -> tuple[Array, Array]:
    if function == "stratified_ra_variance":
        first = one_sample.stratified_ra_variance(problem, _CHUNKS, _DRAWS).value
    else:
        first = getattr(one_sample, function)(problem).value
    points, weights = grid(2)
    x, y, v = scaled(problem)
    found = []
    for query in x:
        if function.startswith("rfa"):
            f = _feature(points, y, v)
            mean = weights @ f
            found.append(mean if "mean" in function else weights @ (f - mean) ** 2)
        elif function == "ra_variance":
            found.append(_mixture_variance(query, y, v, points, weights))
        else:
            parts = [range(2), range(2, 4)]  # keys 0, 2 of the first three and 3, 4: key 1 is masked
            pi = attention_weights(query, y)
            found.append(
                sum(
                    pi[part].sum() ** 2 * _mixture_variance(query, y[part], v[part], points, weights) / 3
                    for part in map(list, parts)
                )
            )
    return first, np.stack(found)


def _mixture_variance(x: Array, y: Array, v: Array, points: Array, weights: Array) -> Array:
    """Second moment less squared mean, both over the mixture."""
    first, second = np.zeros(v.shape[1]), np.zeros(v.shape[1])
    for p, key in zip(attention_weights(x, y), y, strict=True):
        f = _feature(points + x + key, y, v)
        first, second = first + p * (weights @ f), second + p * (weights @ f**2)
    return np.asarray(second - first**2)


def _feature(w: Array, y: Array, v: Array) -> Array:
    """``f(w)``, from the definition."""
    joint = [np.exp(w @ key - key @ key / 2) for key in y]
    top = sum(weight[:, None] * value for weight, value in zip(joint, v, strict=True))
    return np.asarray(top / sum(joint)[:, None])
