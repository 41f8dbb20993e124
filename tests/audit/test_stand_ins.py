"""What is put in a test's place: called as a candidate is, with arrays of any library."""

import numpy as np
import pytest

from lara_estimators import NoNoise, Problem
from lara_estimators.reference import Softmax
from lara_verify.audit.stand_ins import RIGHT, TRIVIAL, StandIn, stand_ins
from lara_verify.faults import FAULTS

EVERY = [pytest.param(one, id=f"{one.claimed}-{one.name}") for kind in RIGHT for one in stand_ins(kind)]


@pytest.fixture
def qkv(rng):
    return rng.standard_normal((4, 4)), rng.standard_normal((5, 4)), rng.standard_normal((5, 2))


def right(kind="ra"):
    return stand_ins(kind)[0].function()


def test_every_fault_has_one():
    assert sum(len(stand_ins(kind)) for kind in RIGHT) == len(RIGHT) + len(FAULTS)


@pytest.mark.parametrize("kind", RIGHT)
def test_what_carries_no_information_comes_after_what_is_right(kind):
    roles = [(one.role, one.name) for one in stand_ins(kind)]
    assert roles[0][0] == "right"
    assert {name for role, name in roles[1:5]} == set(TRIVIAL)
    assert {role for role, name in roles[5:]} == {"fault"}


@pytest.mark.parametrize("stand_in", EVERY)
def test_it_is_called_as_a_candidate_is(stand_in, qkv):
    value = stand_in.function()(*qkv, n_samples=16, seed=3)
    assert (value.shape, value.dtype) == ((4, 2), np.float64)


@pytest.mark.parametrize("kind", RIGHT)
def test_what_is_right_honours_its_seed(kind, qkv):
    one, again, other = (right(kind)(*qkv, n_samples=16, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_without_a_seed_it_follows_the_global_generator(qkv):
    values = []
    for seed in (7, 7, 8):
        np.random.seed(seed)
        values.append(right()(*qkv))
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])


def test_masks_and_causality_are_handed_on(qkv):
    """One key left: softmax and every estimator of it return its value."""
    q, k, v = qkv
    assert np.allclose(right()(q, k, v, key_mask=np.arange(5) == 2), v[2], rtol=1e-12)
    assert np.allclose(right()(q, k[:4], v[:4], causal=True)[0], v[0], rtol=1e-12)


def test_zeros_are_zero_and_softmax_is_not(qkv):
    zeros = StandIn("trivial", "zeros", "ra").function()
    assert not zeros(*qkv, n_samples=4, seed=0).any()
    assert np.abs(Softmax()(Problem(*qkv), NoNoise()).value).max() > 0


def test_tensors_come_back_as_tensors(qkv):
    torch = pytest.importorskip("torch")
    given = [torch.tensor(array, dtype=torch.float32, requires_grad=True) for array in qkv]
    value = right()(*given, n_samples=4, seed=0)
    assert isinstance(value, torch.Tensor)
    assert (tuple(value.shape), value.dtype) == ((4, 2), torch.float32)


def test_the_tests_own_is_not_made_here():
    with pytest.raises(ValueError, match="not made here"):
        StandIn("as it is", "as it is", "ra").function()
