"""A member of the catalogue is given what a candidate is given, and what it returns is looked at like a candidate's."""

from types import SimpleNamespace

import numpy as np
import pytest

from lara_estimators import NoNoise
from lara_verify.kills.posing import Posing
from lara_verify.problems import make_problem
from lara_verify.sources import Seeds, SourceError

SEEDS = Seeds(0, 0, 0, 5)


class Returns:
    """Returns what a function makes of the problem and of the shape that is due."""

    def __init__(self, make):
        self.make = make

    def draw(self, problem, rng, replicates):
        return NoNoise(replicates)

    def __call__(self, problem, noise):
        shape = (*noise.replicates, problem.n_queries, problem.value_dim)
        return SimpleNamespace(value=self.make(problem, shape))


@pytest.fixture
def drawn(make_member):
    """A block of what ``make`` returns."""

    def draw(make, name="P5-padded"):
        with Posing(make_member(build=lambda *_: Returns(make)).fault, 3).open(make_problem(name)) as opened:
            return opened.draw(SEEDS)

    return draw


def overwrites(name):
    def make(problem, shape):
        array = getattr(problem, name)
        array[...] = ~array if array.dtype == bool else 7.0
        return np.zeros(shape)

    return make


def raises(problem, shape):  # noqa: ARG001
    raise ArithmeticError("no number for you")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda _, shape: np.full(shape, np.nan), "it returned NaN"),
        (lambda _, shape: np.full(shape, np.inf), "it returned infinity"),
        (lambda _, shape: np.zeros(shape[:-1]), r"it returned shape \(5, 3\); expected \(5, 3, "),
        (lambda _, shape: np.zeros(shape, dtype=int), "it returned dtype int64"),
        (lambda _, shape: [shape], "it returned a list"),
        (raises, "it raised ArithmeticError: no number for you"),
    ],
)
def test_a_broken_protocol_is_a_sentence(drawn, make, said):
    with pytest.raises(SourceError, match=said):
        drawn(make)


@pytest.mark.parametrize("name", ["q", "k", "v", "key_mask"])
def test_a_changed_argument_is_named_and_stays_its_own(drawn, name):
    before = getattr(make_problem("P5-padded"), name).copy()
    assert drawn(overwrites(name)).changed_input == name
    np.testing.assert_array_equal(getattr(make_problem("P5-padded"), name), before)


def test_what_changes_nothing_is_not_accused(drawn):
    assert drawn(lambda _, shape: np.zeros(shape)).changed_input is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_type_computed_in_shows(drawn, dtype):
    third = np.ones(1, dtype) / np.asarray(3, dtype)
    assert drawn(lambda _, shape: np.broadcast_to(third, shape)).dtype == dtype
    assert drawn(lambda _, shape: np.broadcast_to(third.astype(float), shape)).dtype == dtype


def test_it_is_built_anew_where_it_is_opened(make_member):
    built = []
    source = Posing(make_member(build=lambda n_samples, _: built.append(n_samples)).fault, 3)
    for _ in range(2):
        with source.open(make_problem("P1")):
            pass
    assert built == [3, 3]
