"""What the estimators claim, and that examples in their documentation run."""

import dataclasses
import doctest
import importlib

import pytest

from lara_estimators import ClaimName, GivenKeys, GivenProbabilities, GivenSizes, reference
from lara_estimators.reference import (
    LARA,
    RA,
    RFA,
    ExactPlusTail,
    Importance,
    Index,
    KeySampling,
    MeanValue,
    PoissonSampling,
    Softmax,
    StratifiedRA,
    TrigonometricRFA,
)

NAMES = [
    "softmax",
    "rfa",
    "importance",
    "ra",
    "stratified_ra",
    "index",
    "mean_value",
    "lara",
    "keys",
    "poisson",
    "exact_plus_tail",
]

MODULES = [
    *(name for name in NAMES if name not in ("keys", "poisson")),
    "trigonometric_rfa",
    "key_sampling",
    "poisson_sampling",
]

KEY_SAMPLERS = [KeySampling(), KeySampling(1, "value-norm"), PoissonSampling(), PoissonSampling(1, "collision")]


def claimed(estimator):
    return {claim.name for claim in estimator.claims}


@pytest.mark.parametrize("class_name", reference.__all__)
def test_every_estimator_has_a_name_and_frozen_fields(class_name):
    estimator = getattr(reference, class_name)()
    assert estimator.name.partition("[")[0] in NAMES
    assert len(claimed(estimator)) == len(estimator.claims)
    for field in dataclasses.fields(estimator):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(estimator, field.name, 2)


def test_bounded_and_cross_check_are_claimed_by_all():
    for estimator in (Softmax(), RFA(), RA(), StratifiedRA(), Index(), MeanValue(), *KEY_SAMPLERS, ExactPlusTail()):
        assert {ClaimName.BOUNDED, ClaimName.CROSS_CHECK, ClaimName.NO_LEAK} <= claimed(estimator)


def test_unbiased_is_claimed_by_those_that_are():
    assert all(ClaimName.UNBIASED in claimed(estimator) for estimator in (Softmax(), RA(), StratifiedRA(), Index()))
    biased = (RFA(), TrigonometricRFA(), MeanValue(), *KEY_SAMPLERS, ExactPlusTail())
    assert all(ClaimName.UNBIASED not in claimed(estimator) for estimator in biased)
    assert ClaimName.UNBIASED in claimed(Importance())
    assert ClaimName.BOUNDED not in claimed(Importance())
    assert all(ClaimName.MEAN_AT_N_SAMPLES in claimed(estimator) for estimator in (RFA(), MeanValue()))


@pytest.mark.parametrize(
    ("weighting", "bounded", "consistent"),
    [("balance", True, True), ("uniform", True, True), ("query", False, True), ("query-clamped", True, False)],
)
def test_lara_claims_what_its_weighting_keeps(weighting, bounded, consistent):
    names = claimed(LARA(weighting=weighting))
    assert (ClaimName.BOUNDED in names, ClaimName.CONSISTENT in names) == (bounded, consistent)


def test_trigonometric_rfa_claims_an_unbiased_kernel_and_no_bounds():
    names = claimed(TrigonometricRFA())
    assert {ClaimName.KERNEL_UNBIASED, ClaimName.CONSISTENT, ClaimName.LINEAR_COST} <= names
    assert not {ClaimName.BOUNDED, ClaimName.BIAS_RATE, ClaimName.MEAN_AT_N_SAMPLES, ClaimName.VARIANCE_RATE} & names


def test_key_samplers_do_not_claim_softmax_at_keys_zero():
    """With all logits equal they are a ratio over the drawn keys: not the mean of all values."""
    assert all(ClaimName.LIMIT not in claimed(estimator) for estimator in (*KEY_SAMPLERS, ExactPlusTail()))
    assert all(ClaimName.CONSISTENT in claimed(estimator) for estimator in KEY_SAMPLERS)
    assert ClaimName.CONSISTENT not in claimed(ExactPlusTail())


def test_names_carry_options_that_differ_from_the_default():
    named = {
        "keys[uniform]": KeySampling(),
        "keys[value-norm]": KeySampling(1, "value-norm"),
        "keys[given]": KeySampling(1, GivenProbabilities([0.5, 0.5])),
        "poisson[uniform]": PoissonSampling(),
        "poisson[collision]": PoissonSampling(1, "collision"),
        "poisson[given]": PoissonSampling(1, GivenSizes([[0.5, 0.5]])),
        "exact_plus_tail": ExactPlusTail(),
        "exact_plus_tail[given]": ExactPlusTail(exact=GivenKeys([True, False])),
        "rfa[trigonometric]": TrigonometricRFA(),
        "stratified_ra": StratifiedRA(2, 2),
    }
    assert {name: estimator.name for name, estimator in named.items()} == {name: name for name in named}


@pytest.mark.parametrize("package", ["reference", "torch"])
@pytest.mark.parametrize("module", MODULES)
def test_examples_run(package, module):
    if package == "torch":
        pytest.importorskip("torch")
    name = f"lara_estimators.{package}.{module}"
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("class_name", reference.__all__)
def test_twins_have_the_same_face(class_name):
    """Which gradient is wanted only a twin can be asked; its claim about gradients may say more."""
    pytest.importorskip("torch")
    twins = importlib.import_module("lara_estimators.torch")
    one, other = getattr(reference, class_name), getattr(twins, class_name)
    fields = [[field.name for field in dataclasses.fields(twin) if field.name != "gradient"] for twin in (one, other)]
    assert fields[0] == fields[1]
    assert one().name == other().name
    assert claimed(one()) == claimed(other())
    claims = [[claim for claim in twin().claims if claim.name != ClaimName.GRADIENT] for twin in (one, other)]
    assert claims[0] == claims[1]
