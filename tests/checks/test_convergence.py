"""`consistent` and `mse_at_n_samples`: right estimators are certified, wrong ones refuted, over a grid of faults."""

from dataclasses import dataclass

import numpy as np
import pytest

from lara_estimators import ClaimName, Estimate, FeatureNoise
from lara_estimators.reference import LARA, RFA, MeanValue, Softmax
from lara_verify.checks.convergence import yardstick
from lara_verify.ledger import split
from lara_verify.plan import Case, group
from lara_verify.problems import make_problem
from lara_verify.sources import BuiltIn
from lara_verify.trial import Trial, run_trial
from lara_verify.verdict import Verdict

CONVERGES = (ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES)
N_SAMPLES = 256


@dataclass(frozen=True)
class Altered(RFA):
    """RFA whose normals are altered by ``change`` before use."""

    change: object = None

    def __call__(self, problem, noise):
        return RFA.__call__(self, problem, FeatureNoise(self.change(noise.normals)))


@dataclass(frozen=True)
class Posing:
    """Another estimator under the name of `rfa` or `lara`."""

    inner: object
    name: str = "rfa"
    n_samples: int = N_SAMPLES
    value: object = None

    def draw(self, problem, rng, replicates=()):
        return self.inner.draw(problem, rng, replicates)

    def __call__(self, problem, noise):
        estimate = self.inner(problem, noise)
        return estimate if self.value is None else Estimate(self.value(estimate.value))


def third(normals):
    return np.tile(normals[..., : N_SAMPLES // 3, :], (3, 1))[..., [*range(N_SAMPLES // 3 * 3), 0], :]


def verdicts(algorithm, problem):
    """Verdicts of both claims; each refutes what is right, and certifies what is wrong, with a chance of 1e-6 at
    most."""
    source = BuiltIn("candidate", algorithm)
    cases = [Case(source, claim, problem, 0.003) for claim in CONVERGES]
    ledger = split([case.id for case in cases], 2e-6, 2e-6)
    (plan,) = group(cases)
    trial = Trial(plan, tuple(ledger[case.id] for case in cases), seed=0)
    return [result.verdict for result in run_trial(trial)]


@pytest.mark.parametrize("problem", ["varied", "axes", "opposed"])
def test_rfa_is_certified(problem):
    assert verdicts(RFA(N_SAMPLES), problem) == [Verdict.CERTIFIED, Verdict.CERTIFIED]


@pytest.mark.parametrize("problem", ["varied", "aligned"])
@pytest.mark.parametrize("weighting", ["balance", "uniform"])
def test_lara_is_certified(problem, weighting):
    assert verdicts(LARA(N_SAMPLES, 4, weighting), problem) == [Verdict.CERTIFIED, Verdict.CERTIFIED]


def test_exact_attention_is_certified():
    """What has no error at all is no worse than its claim."""
    assert verdicts(Posing(Softmax()), "varied") == [Verdict.CERTIFIED, Verdict.CERTIFIED]


@pytest.mark.parametrize(
    "change",
    [lambda z: 0.95 * z, lambda z: 1.1 * z, lambda z: np.sqrt(3) * (2 * (z > 0) - 1), third, np.zeros_like],
    ids=["noise .95", "noise 1.1", "random signs", "a third of the samples", "no noise"],
)
@pytest.mark.parametrize("problem", ["varied", "axes"])
def test_a_wrong_law_is_refuted(change, problem):
    """Power: the weakest, noise times .95, is refuted at a few hundred of 4,000 replicates."""
    assert Verdict.REFUTED in verdicts(Altered(N_SAMPLES, change=change), problem)


@pytest.mark.parametrize("name", ["rfa", "lara[balance]"])
@pytest.mark.parametrize("problem", ["varied", "aligned"])
@pytest.mark.parametrize(
    ("inner", "value"), [(Softmax(), np.zeros_like), (MeanValue(), None)], ids=["zeros", "mean of the values"]
)
def test_what_carries_no_information_is_refuted(inner, value, problem, name):
    assert verdicts(Posing(inner, name, value=value), problem) == [Verdict.REFUTED, Verdict.REFUTED]


def test_weights_that_do_not_sum_to_one_are_refuted_under_the_name_of_balance():
    """Clamped weights at beta = 2 pose as balance: their limit is another, which `aligned` shows."""
    clamped = Posing(LARA(1024, 4, "query-clamped"), "lara[balance]", 1024)
    assert verdicts(clamped, "aligned")[0] is Verdict.REFUTED


def test_the_yardstick_is_one_for_rfa_to_first_order(rng):
    """Mean squared standardised error of 4,000 draws at S = 1024: its own mean is 1 + O(1/S), its spread about .01."""
    case = Case(BuiltIn("candidate", RFA(1024)), ClaimName.CONSISTENT, "opposed", 0.003)
    yard = yardstick(case.setting(1e-6))
    problem = make_problem("opposed")
    draws = RFA(1024).draw(problem, rng, (1000,))
    squared = np.mean(yard.errors(RFA(1024)(problem, draws).value) ** 2, axis=1)
    standard_error = squared.std() / np.sqrt(len(squared))
    # floored units make it smaller than 1; second-order terms are below b2/S, a few per cent
    assert squared.mean() - 5 * standard_error > 0.5
    assert squared.mean() + 5 * standard_error < 1.2
