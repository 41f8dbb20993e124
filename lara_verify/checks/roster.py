"""Every estimator with every option, as it can be made on a problem: one list for sweeps, tables and declarations."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators.given import GivenKeys, GivenLandmarks, GivenProbabilities, GivenProposal, GivenSizes
from lara_estimators.problem import Problem

COUPLINGS = ("iid", "antithetic", "orthogonal", "simplex", "quasi-monte-carlo")
WEIGHTINGS = ("balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased")
PROPOSALS = ("plain", "mixed", "value-mixed", "given")

_SEED = 220404667
_N_FEATURES = 8
_N_EACH = 2


class Option(NamedTuple):
    """An estimator by the name of its class, in `reference` as in `torch`, and the fields that make it."""

    class_name: str
    fields: dict[str, Any]

    def make(self, package: Any) -> Any:
        """Make it from a package that has the class."""
        return getattr(package, self.class_name)(**self.fields)


def every_option(problem: Problem) -> tuple[Option, ...]:
    """Every estimator and option that `problem` admits: causal ones, if it is; an exact set, if a tail is left.

    What is given (proposals, landmarks, probabilities) is made for the problem, the same in every process, and is exact
    in float32. Numbers of samples are small: 8 features, 2 draws a proposal, 2 draws a chunk of keys.
    """
    options = [
        Option("Softmax", {}),
        *_features(problem),
        Option("RA", {"n_samples": 3}),
        Option("Index", {"n_samples": 3}),
    ]
    if problem.causal:
        return tuple(options)
    options += [
        Option("MeanValue", {}),
        Option("StratifiedRA", {"n_samples": 6, "n_chunks": 3}),
        *_laras(problem),
        *_keys(problem),
    ]
    return tuple(options)


def _features(problem: Problem) -> Iterator[Option]:
    rng = np.random.default_rng([_SEED, 1])
    root = rng.standard_normal((problem.dim, problem.dim))
    covariance = _exact(0.75 * np.eye(problem.dim) + root @ root.T / (2 * problem.dim))
    given = GivenProposal(_exact(rng.standard_normal(problem.dim) / 2), covariance)
    for sampling in COUPLINGS:
        yield Option("RFA", {"n_samples": _N_FEATURES, "sampling": sampling})
        yield Option("RFA", {"n_samples": _N_FEATURES, "sampling": sampling, "proposal": given})
        if not problem.causal:
            for proposal in ("isotropic", "diagonal"):
                yield Option("RFA", {"n_samples": _N_FEATURES, "sampling": sampling, "proposal": proposal})
        if sampling != "antithetic":
            yield Option("TrigonometricRFA", {"n_samples": _N_FEATURES, "sampling": sampling})
    yield Option("Importance", {"n_samples": _N_FEATURES})


def _laras(problem: Problem) -> Iterator[Option]:
    n_given = 4
    landmarks = _landmarks(problem, n_given)
    for proposals in PROPOSALS:
        n_proposals = n_given if proposals == "given" else min(3, problem.n_queries, problem.n_keys)
        for weighting in WEIGHTINGS:
            for sampling, n_each in (("iid", _N_EACH), ("antithetic", _N_EACH), ("deterministic", 1)):
                fields = {
                    "n_samples": n_each * n_proposals,
                    "n_proposals": n_proposals,
                    "weighting": weighting,
                    "proposals": landmarks if proposals == "given" else proposals,
                    "sampling": sampling,
                }
                if weighting == "constant":
                    shares = np.arange(1, n_proposals + 1)
                    fields["weights"] = tuple((shares / shares.sum()).tolist())
                yield Option("LARA", fields)


def _landmarks(problem: Problem, n_proposals: int) -> GivenLandmarks:
    """Sums of a query and of the mean of the keys that take part."""
    root = problem.scale**0.5
    mask = np.ones(problem.n_keys, dtype=bool) if problem.key_mask is None else np.asarray(problem.key_mask)
    y = root * np.where(mask[..., None], problem.k, 0.0)
    mean = np.sum(y, axis=-2, keepdims=True) / np.sum(mask, axis=-1)[..., None, None]
    x_bar = root * np.asarray(problem.q)[..., np.arange(n_proposals) % problem.n_queries, :]
    x_bar = np.broadcast_to(x_bar, (*problem.batch_shape, *x_bar.shape[-2:]))
    return GivenLandmarks(_exact(x_bar + mean), _exact(x_bar))


def _keys(problem: Problem) -> Iterator[Option]:
    rng = np.random.default_rng([_SEED, 2])
    probabilities = GivenProbabilities(_exact(rng.uniform(0.5, 1.5, (*problem.batch_shape, problem.n_keys))))
    shape = (*problem.batch_shape, problem.n_queries, problem.n_keys)
    sizes = GivenSizes(_exact(rng.uniform(0.5, 1.5, shape)))
    for law in ("uniform", "value-norm", probabilities):
        yield Option("KeySampling", {"n_samples": 4, "proposal": law})
    for size in ("uniform", "collision", sizes):
        yield Option("PoissonSampling", {"n_samples": 3, "size": size})
    mask = np.ones(problem.n_keys, dtype=bool) if problem.key_mask is None else np.asarray(problem.key_mask)
    mask = np.broadcast_to(mask, (*problem.batch_shape, problem.n_keys))
    if np.min(np.sum(mask, axis=-1)) < 2 + 2:
        return
    yield Option("ExactPlusTail", {"n_samples": 2, "n_exact": 2})
    ends = mask & ((np.cumsum(mask, axis=-1) == 1) | (np.cumsum(mask[..., ::-1], axis=-1)[..., ::-1] == 1))
    yield Option("ExactPlusTail", {"n_samples": 2, "exact": GivenKeys(ends)})


def _exact(array: Any) -> NDArray[np.float64]:
    return np.asarray(array, dtype=np.float32).astype(np.float64)
