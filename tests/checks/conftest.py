"""Sources small enough to see through, and one case judged by the road of a run."""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from lara_estimators import Estimate
from lara_estimators.reference import RA
from lara_verify.ledger import Allowance
from lara_verify.plan import Case, TrialPlan
from lara_verify.sources import BuiltIn
from lara_verify.trial import Trial, run_trial


@dataclass(frozen=True)
class Altered:
    """Says that it is ``name`` and returns what ``change(problem, value)`` makes of right `ra` outputs."""

    change: Callable[[Any, Any], Any]
    name: str = "ra"
    n_samples: int = 16

    def draw(self, problem, rng, replicates=()):
        return RA(self.n_samples).draw(problem, rng, replicates)

    def __call__(self, problem, noise):
        return Estimate(self.change(problem, RA(self.n_samples)(problem, noise).value))


@dataclass(frozen=True)
class Scripted:
    """A source whose draws are whatever ``script(problem, seeds)`` returns or raises."""

    script: Callable[[Any, Any], Any]
    estimator: str = "ra"
    n_samples: int = 16
    name: str = "scripted"
    dtype: str = "float64"

    @contextmanager
    def open(self, problem):
        yield _Opened(self.script, problem)


@dataclass(frozen=True)
class _Opened:
    script: Callable[[Any, Any], Any]
    problem: Any

    def draw(self, seeds):
        return self.script(self.problem, seeds)


@pytest.fixture
def altered():
    """Make a source of right `ra` outputs that are changed before they come out."""

    def make(change, name="ra", n_samples=16):
        return BuiltIn("altered", Altered(change, name, n_samples))

    return make


@pytest.fixture
def scripted():
    """Make a source from a function of problem and seeds."""
    return Scripted


@pytest.fixture
def judge(rng):
    """Judge one claim of a source on a problem as a run does, at alpha = beta = 1e-6."""

    def judged(source, claim, problem, share=0.03, *, rival=None, beta=1e-6, **options):
        case = Case(source, claim, problem, share, rival=rival, **options)
        trial = Trial(TrialPlan(0, (case,)), (Allowance(case.id, 1e-6, beta),), int(rng.integers(2**31)))
        (result,) = run_trial(trial)
        return result

    return judged
