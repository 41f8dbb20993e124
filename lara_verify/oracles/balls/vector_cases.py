"""The list of golden vectors: every estimator on every kind of input it takes, every option on some."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lara_estimators import given, noise
from lara_estimators.problem import Problem
from lara_verify.oracles.balls import vector_inputs as inputs
from lara_verify.oracles.balls.vector_file import NOISES, Case
from lara_verify.oracles.balls.vector_inputs import Source
from lara_verify.oracles.balls.vector_noise import draws, n_samples_of

_KINDS: dict[str, Callable[[Source], Problem]] = {
    "plain": inputs.plain,
    "masked": inputs.masked,
    "one-key-left": inputs.one_key_left,
    "batch": inputs.batched,
    "causal": inputs.causal,
    "logits-30": inputs.large_logits,
    "key-offset-100": inputs.key_offset,
    "duplicate-keys": inputs.duplicate_keys,
    "one-dimension": inputs.one_dimension,
    "many-keys": inputs.many_keys,
}
_CAUSAL = ("Softmax", "RFA", "TrigonometricRFA", "Importance", "RA", "Index")
_OF_OPTIONS = ("plain", "masked", "batch", "logits-30")


def cases() -> Iterator[Case]:
    """Yield all cases; those of one estimator follow one another."""
    for estimator in NOISES:
        for label, options in _options(estimator):
            for kind, make in _KINDS.items():
                if _taken(estimator, label, kind):
                    name = "/".join(part for part in (estimator, label, kind) if part)
                    source = Source(name)
                    yield _case(name, estimator, options, make(source), source)


def _taken(estimator: str, label: str, kind: str) -> bool:
    if kind == "causal":
        return estimator in _CAUSAL and label in ("", "given")
    if estimator == "Importance" and kind == "key-offset-100":
        return False  # weights of 1e-300
    if estimator == "ExactPlusTail" and kind == "one-key-left":
        return False  # no tail
    return not label or kind in _OF_OPTIONS


def _options(estimator: str) -> list[tuple[str, dict[str, Any]]]:
    """Label and fields: the first is the estimator as it is without options; values may be made for the problem."""
    if estimator in ("Softmax", "MeanValue"):
        return [("", {})]
    if estimator == "RFA":
        rfa = [("antithetic", {"sampling": "antithetic"})]
        rfa += [(proposal, {"proposal": proposal}) for proposal in ("isotropic", "diagonal")]
        given_ones: list[tuple[str, dict[str, Any]]] = [
            ("given", {"proposal": _given_proposal}),
            ("given-mean", {"proposal": _given_mean}),
            ("given-covariance", {"proposal": _given_covariance}),
        ]
        return [("", {}), *rfa, *given_ones]
    if estimator == "StratifiedRA":
        return [("", {"n_chunks": 2})]
    if estimator == "LARA":
        return [("" if label == "balance" else label, fields) for label, fields in _lara_options()]
    if estimator == "KeySampling":
        return [("", {}), ("value-norm", {"proposal": "value-norm"}), ("given", {"proposal": _given_probabilities})]
    if estimator == "PoissonSampling":
        return [
            ("", {}),
            ("collision", {"size": "collision"}),
            ("collision-7-bits", {"size": "collision", "n_bits": 7}),
            ("given", {"size": _given_sizes}),
        ]
    if estimator == "ExactPlusTail":
        return [("", {"n_exact": 1}), ("given", {"exact": _given_keys})]
    return [("", {})]


def _lara_options() -> Iterator[tuple[str, dict[str, Any]]]:
    two = {"n_proposals": 2}
    for weighting in ("balance", "uniform", "affinity", "query", "query-clamped", "affinity-biased"):
        yield weighting, two | {"weighting": weighting}
    yield "constant", two | {"weighting": "constant", "weights": (0.375, 0.625)}
    yield "query-beta", two | {"weighting": "query", "beta": 3.0}
    yield "query-clamped-floor", two | {"weighting": "query-clamped", "beta": 8.0, "floor": 0.125}
    for proposals in ("mixed", "value-mixed"):
        yield proposals, {"n_proposals": 3, "proposals": proposals}
        yield f"query-{proposals}", {"n_proposals": 3, "weighting": "query", "proposals": proposals}
    yield "given", {"n_proposals": 3, "proposals": _given_landmarks}
    yield "query-given", {"n_proposals": 3, "weighting": "query-clamped", "proposals": _given_landmarks}
    yield "antithetic", two | {"sampling": "antithetic"}
    yield "deterministic", two | {"sampling": "deterministic"}


def _case(name: str, estimator: str, options: dict[str, Any], problem: Problem, source: Source) -> Case:
    fields = {field: made(problem, source) if callable(made) else made for field, made in options.items()}
    if NOISES[estimator] is noise.NoNoise:
        return Case(name, estimator, fields, problem, noise.NoNoise())
    drawn = draws(estimator, fields, problem, source)
    return Case(name, estimator, {"n_samples": n_samples_of(estimator, fields, problem)} | fields, problem, drawn)


def _given_mean(problem: Problem, source: Source) -> given.GivenProposal:
    return given.GivenProposal(mu=source.normals(problem.dim) / 2)


def _given_covariance(problem: Problem, source: Source) -> given.GivenProposal:
    """``1.5 I + A A^T / 16``: symmetric, and ``2 I - covariance^-1`` is positive definite."""
    root = source.normals(problem.dim, problem.dim)
    covariance = inputs.float32(1.5 * np.eye(problem.dim) + np.einsum("ij,kj->ik", root, root) / 16)
    return given.GivenProposal(covariance=(covariance + covariance.T) / 2)


def _given_proposal(problem: Problem, source: Source) -> given.GivenProposal:
    covariance = _given_covariance(problem, source).covariance
    return given.GivenProposal(source.normals(*problem.batch_shape, problem.dim) / 2, covariance)


def _given_landmarks(problem: Problem, source: Source) -> given.GivenLandmarks:
    shape = (*problem.batch_shape, 3, problem.dim)
    return given.GivenLandmarks(source.normals(*shape), source.normals(*shape))


def _given_probabilities(problem: Problem, source: Source) -> given.GivenProbabilities:
    return given.GivenProbabilities((1 + source.below(7, *problem.batch_shape, problem.n_keys)) / 8)


def _given_sizes(problem: Problem, source: Source) -> given.GivenSizes:
    return given.GivenSizes((1 + source.below(7, *problem.batch_shape, problem.n_queries, problem.n_keys)) / 8)


def _given_keys(problem: Problem, _: Source) -> given.GivenKeys:
    """Every second key."""
    return given.GivenKeys(np.arange(problem.n_keys) % 2 == 1)
