"""`bounded`: certain, not statistical. Right sources stay in the hull of the values; each way out of it is seen."""

import re

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, RFA, Index, MeanValue, Softmax
from lara_verify.problems import make_problem
from lara_verify.sources import Block, BuiltIn, SourceError
from lara_verify.verdict import Verdict

CLAIM = ClaimName.BOUNDED


@pytest.mark.parametrize("problem", ["P0", "P1", "P5", "P6-small"])
@pytest.mark.parametrize("algorithm", [RA(2), RFA(3), Index(1), MeanValue(), Softmax()], ids=lambda a: a.name)
def test_averages_of_values_are_certified(judge, algorithm, problem):
    result = judge(BuiltIn("reference", algorithm), CLAIM, problem)
    assert result.verdict is Verdict.CERTIFIED
    assert result.message.startswith("every output stayed in the convex hull of the values (")
    assert result.log_e_refute is None


def nudged(amount):
    """The constant column, which is 1, is off by ``amount``."""

    def change(problem, value):
        column = np.ptp(problem.v, axis=-2) == 0
        return value + amount * column

    return change


WRONG = {
    "zeros": lambda problem, value: 0 * value,  # noqa: ARG005
    "constant": lambda problem, value: 0 * value + 0.5,  # noqa: ARG005
    "weights sum to 1.01": lambda problem, value: 1.01 * value,  # noqa: ARG005
    "weights sum to .99": lambda problem, value: 0.99 * value,  # noqa: ARG005
    "a weight is negative": lambda problem, value: value + 0.2 * (problem.v[0] - problem.v[1]),
    "constant column off by 1e-6": nudged(1e-6),
    "constant column off by -1e-9": nudged(-1e-9),
}


@pytest.mark.parametrize("problem", ["P0", "P1", "P6-small"])
@pytest.mark.parametrize("wrong", WRONG)
def test_every_way_out_is_refuted(judge, altered, wrong, problem):
    change = WRONG[wrong]
    if wrong == "a weight is negative":
        # near a vertex, one step further out: outside of the hull for sure
        def change(problem, value):
            return 0 * value + problem.v[0] + 0.2 * (problem.v[0] - problem.v[1])

    assert judge(altered(change), CLAIM, problem).verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (nudged(0.001), r"^output\[\d+, 16\] = 1.001 where every value is 1; expected it to stay constant$"),
        (
            lambda problem, value: value + 2 * (np.arange(17) == 3),  # noqa: ARG005
            r"^output\[\d+, 3\] = .* outside the values' range \[.*, 1\]$",
        ),
    ],
)
def test_the_sentence_names_output_and_range(judge, altered, change, said):
    result = judge(altered(change), CLAIM, "P0")
    assert re.search(said, result.message), result.message
    assert result.n_replicates == 16


def test_inside_the_box_and_outside_the_hull_is_seen(judge, scripted):
    """Weights that sum to 1.2 while the constant column, computed apart, is 1."""

    def cheating(problem, seeds):
        value = np.zeros((seeds.count, problem.n_queries, problem.value_dim))
        value[..., :2], value[..., -1] = 0.6, 1.0
        return Block(value)

    result = judge(scripted(cheating), CLAIM, "P0")
    assert result.verdict is Verdict.REFUTED
    assert "is no convex combination of the values: it leaves their hull by" in result.message


def test_one_bad_replicate_in_256_is_enough(judge, scripted):
    def once(problem, seeds):
        value = np.tile(problem.v[: problem.n_queries], (seeds.count, 1, 1))
        value[seeds.start <= 200 < seeds.start + seeds.count, 0, 0] += 5
        return Block(value)

    assert judge(scripted(once), CLAIM, "P6-small").verdict is Verdict.REFUTED


def test_masked_values_are_not_part_of_the_hull(judge, scripted):
    problem = make_problem("P5-padded")
    masked = np.flatnonzero(~problem.key_mask)[0]
    kept = np.flatnonzero(problem.key_mask)[0]

    def returns(key):
        return scripted(lambda p, seeds: Block(np.tile(p.v[key] * 1.0, (seeds.count, p.n_queries, 1))))

    inside = np.all((problem.v[masked] <= problem.v[problem.key_mask].max(axis=0)), axis=0)
    inside &= np.all(problem.v[masked] >= problem.v[problem.key_mask].min(axis=0))
    assert judge(returns(kept), CLAIM, "P5-padded").verdict is Verdict.CERTIFIED
    if not inside:
        assert judge(returns(masked), CLAIM, "P5-padded").verdict is Verdict.REFUTED


def test_a_failure_of_the_source_leaves_it_undecided(judge, scripted):
    def fails(problem, seeds):  # noqa: ARG001
        raise SourceError("it raised ValueError: no")

    result = judge(scripted(fails), CLAIM, "P1")
    assert result.verdict is Verdict.UNDECIDED
    assert result.message == "it raised ValueError: no"
