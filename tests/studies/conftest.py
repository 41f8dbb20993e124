"""Estimators that pose as rfa, each wrong in the way of its name, others that are right; a study drawn in process."""

import sys
from dataclasses import dataclass
from functools import partial

import cloudpickle
import numpy as np
import pytest

from lara_estimators import Estimate, FeatureNoise
from lara_estimators.reference import RFA
from lara_studies import bias_value
from lara_studies.bias_value import BiasValue
from lara_studies.engine import shard_generator
from lara_studies.sums import PowerSums


@dataclass(frozen=True)
class NoiseTimes:
    n_samples: int
    scale: float

    def draw(self, problem, rng, replicates=()):
        return FeatureNoise(self.scale * RFA(self.n_samples).draw(problem, rng, replicates).normals)

    def __call__(self, problem, noise):
        return RFA(self.n_samples)(problem, noise)


@dataclass(frozen=True)
class Always:
    """The same output whatever the noise."""

    n_samples: int
    row: str

    def draw(self, problem, rng, replicates=()):
        return replicates

    def __call__(self, problem, replicates):
        row = {"zeros": 0.0, "nan": np.nan, "mean": problem.v.mean(axis=0)}[self.row]
        return Estimate(np.broadcast_to(row, (*replicates, problem.n_queries, problem.value_dim)))


@dataclass(frozen=True)
class WithoutSharing:
    """Each query has draws of its own, which changes no mean."""

    n_samples: int

    def draw(self, problem, rng, replicates=()):
        return [RFA(self.n_samples).draw(problem, rng, replicates) for _ in range(problem.n_queries)]

    def __call__(self, problem, noises):
        values = [RFA(self.n_samples)(problem, noise).value[..., n, :] for n, noise in enumerate(noises)]
        return Estimate(np.stack(values, axis=-2))


def more_samples(n_samples):
    return RFA(2 * n_samples)


def fewer_samples(n_samples):
    return RFA(n_samples - n_samples // 4)


WRONG = {
    "noise x .8": (4, partial(NoiseTimes, scale=0.8)),
    "noise x .9": (4, partial(NoiseTimes, scale=0.9)),
    "noise x 1.1": (4, partial(NoiseTimes, scale=1.1)),
    "twice the samples": (1, more_samples),
    "three quarters of the samples": (4, fewer_samples),
    "zeros": (4, partial(Always, row="zeros")),
    "nan": (1, partial(Always, row="nan")),
    "mean of the values": (16, partial(Always, row="mean")),
}
RIGHT = {"rfa": RFA, "without sharing": WithoutSharing}


@pytest.fixture(autouse=True)
def few_shards(monkeypatch):
    """Sizes of a test, and classes of this module in workers."""
    monkeypatch.setattr(bias_value, "SHARDS", {"quick": 3, "default": 8, "full": 16})
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture(params=WRONG)
def wrong(request):
    """A wrong study of one cell, each of the grid in turn."""
    n_samples, estimator = WRONG[request.param]
    return BiasValue(estimator, ("P3L-d2",), (n_samples,))


@pytest.fixture(params=RIGHT)
def right(request):
    """A right study of one cell."""
    return BiasValue(RIGHT[request.param], ("P3L-d2",), (1,))


@pytest.fixture
def fails():
    """An estimator that raises."""

    def estimator(n_samples):
        raise ArithmeticError(f"no rfa of {n_samples}\nsamples today")

    return estimator


@pytest.fixture
def drawn(rng):
    """Draw the only cell of a study in this process."""
    seed = int(rng.integers(2**62))

    def draw(study, profile="default"):
        (cell,) = study.cells(profile)
        shards = [study.shard(cell, shard_generator(study.spec, cell, seed, index)) for index in range(cell.n_shards)]
        sums = shards[0]
        for shard in shards[1:]:
            sums = PowerSums.merge(sums, shard)
        return cell, sums

    return draw
