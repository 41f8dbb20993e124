"""A moved source computes on the moved problem with the very noise of the source, moved."""

import numpy as np
import pytest

from lara_estimators.reference import LARA, RA, RFA, Softmax
from lara_verify.problems import make_problem
from lara_verify.problems.moves import MapValues, PermuteKeys, PermuteQueries, ShiftKeys, ZeroKeys
from lara_verify.sources import BuiltIn, Moved, Seeds
from lara_verify.sources.moved import on_host

MOVES = [ShiftKeys(), ZeroKeys(), PermuteKeys(9), PermuteQueries(6), MapValues()]
SEEDS = Seeds(3, 1, 16, 32)


def drawn(source, problem):
    with source.open(problem) as opened:
        return opened.draw(SEEDS)


@pytest.mark.parametrize("move", MOVES, ids=str)
@pytest.mark.parametrize("algorithm", [RA(3), RFA(3), LARA(4, 2), Softmax()], ids=lambda a: a.name)
def test_it_is_the_estimator_at_moved_problem_and_moved_noise(algorithm, move):
    problem, source = make_problem("grid"), BuiltIn("reference", algorithm)
    noise = drawn(source, problem).noise
    block = drawn(Moved(source, move), problem)
    assert (block.value == algorithm(move.problem(problem), move.noise(noise)).value).all()
    for a, b in zip(block.noise, move.noise(noise), strict=True):
        assert np.array_equal(a, b)


def test_it_answers_to_the_name_of_its_source():
    source = BuiltIn("torch", RFA(3), "float32")
    moved = Moved(source, ShiftKeys())
    for name in ("name", "estimator", "dtype", "n_samples"):
        assert getattr(moved, name) == getattr(source, name)
    assert moved == Moved(source, ShiftKeys())
    assert moved != Moved(source, ZeroKeys())
    assert len({moved, Moved(source, ShiftKeys())}) == 1


def test_noise_of_torch_comes_to_the_host(torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    source = BuiltIn("torch", twins.RA(3), "float32", str(torch_device))
    block = drawn(Moved(source, PermuteKeys(9)), make_problem("grid"))
    here = on_host(drawn(source, make_problem("grid")).noise)
    assert isinstance(block.noise.component, np.ndarray)
    assert (block.noise.normals == here.normals).all()
    assert block.value.dtype == np.float64
