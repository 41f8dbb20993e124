"""What the estimators claim, and that examples in their documentation run."""

import dataclasses
import doctest
import importlib

import pytest

from lara_estimators import ClaimName, reference
from lara_estimators.reference import LARA, RA, RFA, Importance, Index, MeanValue, Softmax

NAMES = ["softmax", "rfa", "importance", "ra", "index", "mean_value", "lara"]


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
    for estimator in (Softmax(), RFA(), RA(), Index(), MeanValue()):
        assert {ClaimName.BOUNDED, ClaimName.CROSS_CHECK, ClaimName.NO_LEAK} <= claimed(estimator)


def test_unbiased_is_claimed_by_those_that_are():
    assert all(ClaimName.UNBIASED in claimed(estimator) for estimator in (Softmax(), RA(), Index()))
    assert all(ClaimName.UNBIASED not in claimed(estimator) for estimator in (RFA(), MeanValue()))
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


@pytest.mark.parametrize("package", ["reference", "torch"])
@pytest.mark.parametrize("module", NAMES)
def test_examples_run(package, module):
    if package == "torch":
        pytest.importorskip("torch")
    name = f"lara_estimators.{package}.{module}"
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


@pytest.mark.parametrize("class_name", reference.__all__)
def test_twins_have_the_same_face(class_name):
    pytest.importorskip("torch")
    twins = importlib.import_module("lara_estimators.torch")
    one, other = getattr(reference, class_name), getattr(twins, class_name)
    assert [field.name for field in dataclasses.fields(one)] == [field.name for field in dataclasses.fields(other)]
    assert one().name == other().name
    assert one().claims == other().claims
