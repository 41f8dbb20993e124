"""`limit`: with keys at zero, weights that sum to one give the mean of the values, whatever chi^2. No sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lara_estimators import ClaimName, Estimate
from lara_estimators.reference import LARA, RA, RFA, Importance, Index, MeanValue
from lara_verify.plan import Case
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.LIMIT

RIGHT = [MeanValue(), RA(3), RFA(3), *(LARA(8, 4, w) for w in ("balance", "uniform", "query", "query-clamped"))]
PROBLEMS = ["P1", "P5", "P7-l2h8"]
"""chi^2 of the last is 1e17 and more as it stands."""


def claimed(algorithm):
    return any(claim.name is CLAIM for claim in algorithm.claims)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("algorithm", RIGHT, ids=lambda a: a.name)
def test_weights_that_sum_to_one_give_softmax(judge, algorithm, problem):
    assert claimed(algorithm)
    result = judge(BuiltIn("reference", algorithm), CLAIM, problem)
    assert result.verdict is Verdict.CERTIFIED
    assert result.evidence.figures["largest_share_of_bound"] < 1


@pytest.mark.parametrize("algorithm", RIGHT, ids=lambda a: a.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_so_they_do_in_torch(judge, algorithm, dtype, torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    options = {n: getattr(algorithm, n) for n in ("n_samples", "n_proposals", "weighting") if hasattr(algorithm, n)}
    source = BuiltIn("torch", getattr(twins, type(algorithm).__name__)(**options), dtype, str(torch_device))
    assert judge(source, CLAIM, "P5").verdict is Verdict.CERTIFIED


@pytest.mark.parametrize("algorithm", [Importance(3), Index(3)], ids=lambda a: a.name)
def test_what_does_not_claim_it_does_not_have_it(judge, algorithm):
    """The weights of importance sampling do not sum to one even there, and index sampling draws values still."""
    assert not claimed(algorithm)
    assert judge(BuiltIn("reference", algorithm), CLAIM, "P1").verdict is Verdict.REFUTED


@dataclass(frozen=True)
class Changed:
    """Right `rfa` with another output."""

    output: Any
    name: str = "rfa"
    n_samples: int = 3

    def draw(self, problem, rng, replicates=()):
        return RFA(3).draw(problem, rng, replicates)

    def __call__(self, problem, noise):
        return Estimate(self.output(problem, RFA(3)(problem, noise).value))


WRONG = {
    "zeros": lambda _, value: 0 * value,
    "first value": lambda p, value: 0 * value + p.v[..., :1, :],
    "an epsilon in the normaliser": lambda _, value: value / (1 + 1e-9),
    "a key left out": lambda p, value: 0 * value + p.v[..., 1:, :].mean(axis=-2, keepdims=True),
    "masked keys counted": lambda p, value: (
        0 * value + p.v.mean(axis=-2, keepdims=True) if p.key_mask is not None else 2 * value
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("problem", ["P1", "P5"])
def test_anything_else_is_refuted(judge, wrong, problem):
    result = judge(BuiltIn("changed", Changed(WRONG[wrong])), CLAIM, problem)
    assert result.verdict is Verdict.REFUTED
    assert "with all keys at zero is" in result.message
    assert np.isinf(result.log_e_refute or np.inf)


def test_it_is_not_asked_of_a_black_box(scripted):
    with pytest.raises(TypeError, match="has no explicit noise"):
        _ = Case(scripted(None), CLAIM, "P1", 0.01).arms
