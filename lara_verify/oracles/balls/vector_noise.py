"""Noise of the golden vectors: any draws that the estimator could have got, from the numbers of one case."""

from typing import Any

import numpy as np

from lara_estimators import noise
from lara_estimators.problem import Problem
from lara_verify.oracles.balls.segments import segments
from lara_verify.oracles.balls.vector_file import NOISES
from lara_verify.oracles.balls.vector_inputs import Source

_REPLICATED = ("RFA", "LARA")
_N_DRAWS = 4
_N_EACH = 2


def n_samples_of(estimator: str, fields: dict[str, Any], problem: Problem) -> int:
    """How many draws a query averages."""
    if estimator == "LARA":
        return int(fields["n_proposals"]) * _n_each(fields)
    if estimator == "StratifiedRA":
        return int(fields["n_chunks"]) * _N_EACH
    if estimator == "PoissonSampling":
        return 2
    if estimator == "ExactPlusTail":
        return 1 if problem.key_mask is not None else 2
    return _N_DRAWS


def draws(estimator: str, fields: dict[str, Any], problem: Problem, source: Source) -> Any:
    """Make the noise of an estimator with these fields."""
    batch = problem.batch_shape
    n_samples = n_samples_of(estimator, fields, problem)
    keys = [_keys(problem, at) for at in np.ndindex(*batch)]
    if estimator == "StratifiedRA":
        return _of_chunks(problem, keys, fields["n_chunks"], source)
    if NOISES[estimator] in (noise.MixtureNoise, noise.IndexNoise):
        component = _of_queries(problem, keys, n_samples, source)
        if estimator == "Index":
            return noise.IndexNoise(component)
        return noise.MixtureNoise(component, source.normals(*component.shape, problem.dim))
    if estimator == "KeySampling":
        return noise.KeyNoise(np.array([source.choices(own, n_samples) for own in keys]).reshape(*batch, n_samples))
    if estimator == "ExactPlusTail":
        tails = [_tail(own, fields, at) for own, at in zip(keys, np.ndindex(*batch), strict=True)]
        drawn = [source.distinct(tail, n_samples) for tail in tails]
        return noise.KeyNoise(np.array(drawn).reshape(*batch, n_samples))
    if estimator == "PoissonSampling":
        return _inclusions(problem, source)
    replicates = (2,) if estimator in _REPLICATED and len(fields) <= 2 and not batch and problem.dim == 2 else ()
    if estimator == "LARA":
        shape = (*replicates, *batch, fields["n_proposals"], _n_each(fields), problem.dim)
        return noise.ProposalNoise(_coupled(source.normals(*shape), fields))
    return noise.FeatureNoise(_coupled(source.normals(*replicates, *batch, n_samples, problem.dim), fields))


def _n_each(fields: dict[str, Any]) -> int:
    return 1 if fields.get("sampling") == "deterministic" else _N_EACH


def _of_chunks(problem: Problem, keys: list[list[int]], n_chunks: int, source: Source) -> noise.MixtureNoise:
    """A key of every chunk that takes part, its first key where none does."""
    chunks = segments(problem.n_keys, n_chunks)
    drawn = []
    for own in keys:
        allowed = [[m for m in chunk if m in own] or [chunk[0]] for chunk in chunks]
        drawn.append([[source.choices(some, _N_EACH) for some in allowed] for _ in range(problem.n_queries)])
    component = np.array(drawn).reshape(*problem.batch_shape, problem.n_queries, n_chunks, _N_EACH)
    return noise.MixtureNoise(component, source.normals(*component.shape, problem.dim))


def _of_queries(problem: Problem, keys: list[list[int]], n_samples: int, source: Source) -> Any:
    """Keys that each query sees."""
    drawn = []
    for own in keys:
        seen = [[m for m in own if not problem.causal or m <= query] for query in range(problem.n_queries)]
        drawn.append([source.choices(row, n_samples) for row in seen])
    return np.array(drawn).reshape(*problem.batch_shape, problem.n_queries, n_samples)


def _inclusions(problem: Problem, source: Source) -> noise.InclusionNoise:
    """Each key with probability one half; none for the first query."""
    included = source.below(2, *problem.batch_shape, problem.n_queries, problem.n_keys) == 1
    included[..., 0, :] = False
    if problem.key_mask is not None:
        included &= problem.key_mask[..., None, :]
    return noise.InclusionNoise(included)


def _coupled(normals: Any, fields: dict[str, Any]) -> Any:
    if fields.get("sampling") == "antithetic":
        normals[..., 1::2, :] = -normals[..., 0::2, :]
    if fields.get("sampling") == "deterministic":
        normals[...] = 0.0
    return normals


def _keys(problem: Problem, at: tuple[int, ...]) -> list[int]:
    """Numbers of the keys of a batch item that take part."""
    mask = np.ones(problem.n_keys, bool) if problem.key_mask is None else problem.key_mask
    own = np.broadcast_to(mask, (*problem.batch_shape, problem.n_keys))[at]
    return [int(m) for m in np.flatnonzero(own)]


def _tail(keys: list[int], fields: dict[str, Any], at: tuple[int, ...]) -> list[int]:
    if "exact" not in fields:
        return keys[fields["n_exact"] :]
    exact = fields["exact"].mask
    return [m for m in keys if not exact[(*at, m)[-exact.ndim :]]]
