"""Diagnosis: the true fault survives and is named; what is in no catalogue gets no name."""

from dataclasses import dataclass

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_verify.diagnosis import diagnose
from lara_verify.faults import FAULTS
from lara_verify.faults.ra.stepwise import StepwiseRA
from lara_verify.problems import make_problem
from lara_verify.sources import BuiltIn


def named(algorithm, refuted=(ClaimName.UNBIASED,), catalogue=FAULTS, certified=()):
    source = BuiltIn("candidate", algorithm)
    found = diagnose(source, refuted, certified=certified, alpha=1e-6, seed=0, n_workers=2, catalogue=catalogue)
    return {diagnosis.fault.name: diagnosis for diagnosis in found}


@pytest.mark.parametrize("name", ["uniform-component", "unscaled-logits"])
def test_the_true_fault_is_named_alone(name):
    """The true one is excluded with a chance of at most 1e-6; that no other survives is power."""
    (fault,) = [fault for fault in FAULTS if fault.name == name]
    assert set(named(fault.algorithm(16))) == {name}


def test_a_fault_of_lara_is_told_by_its_errors():
    """Here laws of errors are compared, at 256 samples; same level."""
    ours = tuple(fault for fault in FAULTS if fault.of == "lara[balance]")
    (fault,) = [fault for fault in ours if fault.name == "lara-density-missing"]
    assert set(named(fault.algorithm(256), (ClaimName.CONSISTENT,), ours)) == {fault.name}


def test_a_parameter_is_told_to_its_neighbours_on_the_grid():
    (fault,) = [fault for fault in FAULTS if fault.name == "noise-scale"]
    low, high = named(fault.algorithm(16, 0.5), catalogue=(fault,))["noise-scale"].interval
    assert low <= 0.5 <= high
    assert (low, high) != (min(fault.parameter.grid), max(fault.parameter.grid))


def test_a_fault_in_no_catalogue_gets_no_name():
    """That the others of `ra` do not survive is power: none of them resembles it."""
    (fault,) = [fault for fault in FAULTS if fault.name == "unscaled-logits"]
    alike = (fault.name, "unscaled-component")
    others = tuple(other for other in FAULTS if other.of == "ra" and other.name not in alike)
    assert named(fault.algorithm(16), catalogue=others) == {}


def test_a_fault_that_keeps_a_surely_broken_claim_is_no_suspect():
    zeros = next(fault for fault in FAULTS if (fault.of, fault.name) == ("ra", "zeros"))
    mean = next(fault for fault in FAULTS if (fault.of, fault.name) == ("ra", "mean-value"))
    found = named(zeros.algorithm(16), refuted=(ClaimName.UNBIASED, ClaimName.BOUNDED), catalogue=(zeros, mean))
    assert set(found) == {"zeros"}


def test_what_breaks_no_law_explains_none_and_what_breaks_a_certified_claim_for_sure_is_out():
    """Zeros fit nothing but zeros; of those, posing as another law, none is left once the seed is known to matter."""
    zeros = next(fault for fault in FAULTS if (fault.of, fault.name) == ("ra", "zeros"))
    masks = tuple(fault for fault in FAULTS if fault.of == "ra" and fault.breaks == (ClaimName.NO_LEAK,))
    assert masks
    assert named(StepwiseRA(16), catalogue=masks) == {}
    seeded = (ClaimName.SEED_HONOURED,)
    assert set(named(zeros.algorithm(16), catalogue=(zeros,))) == {"zeros"}
    assert named(zeros.algorithm(16), catalogue=(zeros,), certified=seeded) == {}


def test_one_draw_for_ever_is_named_whatever_the_draw_was():
    (fault,) = [fault for fault in FAULTS if fault.name == "fixed-seed"]
    frozen = StepwiseRA(16)
    once = frozen.draw(make_problem("P1"), np.random.default_rng(77), (1,))
    other = make_problem("P0"), frozen.draw(make_problem("P0"), np.random.default_rng(77), (1,))

    @dataclass(frozen=True)
    class Frozen(StepwiseRA):
        def draw(self, problem, rng, replicates=()):
            noise = other[1] if problem.n_queries == other[0].n_queries and problem.q is other[0].q else once
            return type(noise)(*(np.broadcast_to(part, (*replicates, *part.shape[1:])) for part in noise))

    refuted = (ClaimName.UNBIASED, ClaimName.SEED_HONOURED)
    assert set(named(Frozen(16), refuted)) == {fault.name}
    assert named(Frozen(16), (ClaimName.UNBIASED,), (fault,)) == {}


def test_the_number_of_workers_changes_nothing():
    (fault,) = [fault for fault in FAULTS if fault.name == "noise-scale"]
    source = BuiltIn("candidate", fault.algorithm(16, 0.5))
    one, two = (
        diagnose(source, (ClaimName.UNBIASED,), alpha=1e-6, seed=0, n_workers=n, catalogue=(fault,)) for n in (1, 2)
    )
    assert one == two


def test_where_no_fault_of_the_estimator_is_known_there_is_no_diagnosis():
    source = BuiltIn("candidate", StepwiseRA(16))
    assert diagnose(source, (), alpha=1e-6, seed=0, n_workers=1, catalogue=()) is None
