"""`cross_check`: two writings on the same noise, entry by entry; the only tolerance is the derived bound."""

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA
from lara_verify.plan import Case
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.CROSS_CHECK


@pytest.fixture
def twin(altered):
    def make(change, n_samples=4):
        return BuiltIn("twin", altered(change, "ra", n_samples).algorithm, noise_of=RA(n_samples))

    return make


@pytest.mark.parametrize("problem", ["P1", "P5", "P6-small"])
def test_the_same_formula_is_certified(judge, twin, problem):
    result = judge(twin(lambda problem, value: value), CLAIM, problem)  # noqa: ARG005
    assert result.verdict is Verdict.CERTIFIED
    assert result.evidence.figures["largest_share_of_bound"] == 0


def test_rounding_is_certified_and_its_share_told(judge, twin):
    """One unit in the last place is less than the bound of a formula of several dozen roundings."""
    result = judge(twin(lambda problem, value: np.nextafter(value, 2.0)), CLAIM, "P6-small")  # noqa: ARG005
    assert result.verdict is Verdict.CERTIFIED
    assert 0 < result.evidence.figures["largest_share_of_bound"] < 1


WRONG = {
    "zeros": lambda problem, value: 0 * value,  # noqa: ARG005
    "mean of the values": lambda problem, value: 0 * value + problem.v.mean(axis=-2),
    "queries reversed": lambda problem, value: value[..., ::-1, :],  # noqa: ARG005
    "off by 1e-10": lambda problem, value: value + 1e-10,  # noqa: ARG005
    "one entry off": lambda problem, value: value + 1e-9 * (np.arange(value.shape[-1]) == 1),  # noqa: ARG005
}


@pytest.mark.parametrize("wrong", WRONG)
def test_anything_more_is_refuted(judge, twin, wrong):
    result = judge(twin(WRONG[wrong]), CLAIM, "P6-small")
    assert result.verdict is Verdict.REFUTED
    assert result.message.startswith("output[")
    assert "in the reference on the same noise" in result.message
    assert "times what rounding explains" in result.message


def test_a_twin_in_torch_is_certified(judge, torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    source = BuiltIn("torch", twins.RA(n_samples=4), "float32", str(torch_device), noise_of=RA(4))
    assert judge(source, CLAIM, "P1").verdict is Verdict.CERTIFIED


def test_a_source_without_a_reference_is_refused():
    with pytest.raises(TypeError, match="reference has no reference to be compared with"):
        _ = Case(BuiltIn("reference", RA(4)), CLAIM, "P1", 0.01).arms
