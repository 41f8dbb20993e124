"""`mean_at_n_samples` of `rfa` at several numbers of samples: its bias, confirmed to a tenth or a quarter of itself."""

from dataclasses import dataclass

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RFA
from lara_verify.oracles.ratio import rfa_moments
from lara_verify.plan import Case
from lara_verify.problems import make_problem
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.MEAN_AT_N_SAMPLES


@dataclass(frozen=True)
class Sold:
    """`rfa` of ``drawn`` samples sold as ``n_samples``, its noise times ``factor``."""

    n_samples: int
    drawn: int
    factor: float = 1.0
    name: str = "rfa"

    def draw(self, problem, rng, replicates=()):
        noise = RFA(self.drawn).draw(problem, rng, replicates)
        return noise._replace(normals=self.factor * noise.normals)

    def __call__(self, problem, noise):
        return RFA(self.drawn)(problem, noise)


@pytest.mark.parametrize(("n_samples", "most"), [(1, 0.1), (4, 0.1), (16, 0.1), (64, 0.25)])
def test_the_bias_is_confirmed_to_a_share_of_itself(judge, n_samples, most):
    """At beta 1e-6; the half-width of the interval is below its share with probability far above 1 - 1e-6."""
    result = judge(BuiltIn("reference", RFA(n_samples)), CLAIM, "P3L-d2", 0.01)
    assert result.verdict is Verdict.CERTIFIED
    figures = result.evidence.figures
    exact = rfa_moments(make_problem("P3L-d2"), n_samples).bias.value
    assert figures["half_width_over_bias"] <= most
    assert abs(figures["bias"]) == pytest.approx(np.abs(exact).max(), rel=1e-6)
    assert figures["bias_measured"] == pytest.approx(figures["bias"], rel=most)


@pytest.mark.parametrize(("n_samples", "drawn"), [(4, 3), (4, 5), (16, 12), (16, 20), (64, 48), (64, 96)])
def test_other_numbers_of_samples_have_another_mean(judge, n_samples, drawn):
    source = BuiltIn("sold", Sold(n_samples, drawn))
    result = judge(source, CLAIM, "P3L-d2", 0.01)
    assert result.verdict is not Verdict.CERTIFIED or (n_samples, drawn) in ((64, 48), (64, 96))
    if n_samples < 64:
        assert result.verdict is Verdict.REFUTED
        assert f"if its mean were that of {n_samples} random features" in result.message


@pytest.mark.parametrize("factor", [0.9, 1.1])
@pytest.mark.parametrize("n_samples", [1, 16])
def test_noise_of_another_size_has_another_mean(judge, n_samples, factor):
    assert judge(BuiltIn("sold", Sold(n_samples, n_samples, factor)), CLAIM, "P3L-d2").verdict is Verdict.REFUTED


@pytest.mark.parametrize(("n_samples", "share"), [(1, 0.1), (4, 0.1), (16, 0.1), (64, 0.25), (256, 0.25)])
def test_the_tolerance_is_a_share_of_the_largest_bias(n_samples, share):
    bias = np.abs(rfa_moments(make_problem("P3L-d2"), n_samples).bias.value).max()
    plan = Case(BuiltIn("reference", RFA(n_samples)), CLAIM, "P3L-d2", 0.5).plan(1e-6)
    assert plan.detectable == pytest.approx(share * bias, rel=1e-4)


def test_torch_against_the_reference_where_no_oracle_knows(judge, torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    source = BuiltIn("torch", twins.RFA(16), "float32", str(torch_device))
    assert judge(source, CLAIM, "P3", 0.01, rival=BuiltIn("reference", RFA(16))).verdict is Verdict.CERTIFIED


@pytest.mark.parametrize("sold", [Sold(16, 1), Sold(16, 16, 0.7)], ids=str)
def test_a_twin_of_another_mean_is_told_apart(judge, sold):
    result = judge(BuiltIn("sold", sold), CLAIM, "P3", 0.003, rival=BuiltIn("reference", RFA(16)))
    assert result.verdict is Verdict.REFUTED
