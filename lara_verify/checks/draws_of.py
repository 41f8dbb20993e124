"""Where the draws of an estimator come from, as the Laplace oracle takes it: proposals, weights, pairs."""

from typing import Any

import numpy as np

from lara_estimators import Problem
from lara_estimators.given import GivenProposal
from lara_verify.oracles.best_proposal import diagonal_variance, isotropic_variance
from lara_verify.oracles.landmarks import plain_landmarks
from lara_verify.oracles.ratio import constant_weight_lara, rfa_proposal
from lara_verify.oracles.strata import Stratum
from lara_verify.sources import BuiltIn, Source


def draws_of(source: Source, problem: Problem) -> tuple[Stratum, ...]:
    """The strata of `rfa` with independent draws or pairs, and of `lara` with even weights and plain landmarks.

    Raises
    ------
    ValueError
        If the estimator has another form, or the problem a batch.
    """
    kind, _, rest = source.estimator.removesuffix("]").partition("[")
    options = set(filter(None, rest.split(",")))
    if problem.batch_shape:
        raise ValueError("the draws of one item are known, not of a batch")
    if kind == "rfa" and options <= {"antithetic", "isotropic", "diagonal", "given"}:
        mu, covariance = _proposal(options, source, problem)
        return rfa_proposal(mu, covariance, antithetic="antithetic" in options)
    if kind == "lara" and "uniform" in options and options <= {"uniform", "antithetic"}:
        mu = plain_landmarks(problem, _algorithm(source).n_proposals)[()].mu
        return constant_weight_lara(mu, antithetic="antithetic" in options)
    raise ValueError(f"no oracle knows the mean of {source.estimator}")


def _proposal(options: set[str], source: Source, problem: Problem) -> tuple[Any, Any]:
    dim = problem.dim
    if "isotropic" in options:
        return np.zeros(dim), float(isotropic_variance(problem)) * np.eye(dim)
    if "diagonal" in options:
        return np.zeros(dim), np.diag(diagonal_variance(problem))
    if "given" in options:
        given: GivenProposal = _algorithm(source).proposal
        return np.zeros(dim) if given.mu is None else given.mu, given.covariance
    return np.zeros(dim), None


def _algorithm(source: Source) -> Any:
    if not isinstance(source, BuiltIn):
        raise ValueError(f"what {source.name} was given is not known")
    return source.algorithm
