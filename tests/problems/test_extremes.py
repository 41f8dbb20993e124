"""P6: each extreme has the property that it is there for."""

import numpy as np
import pytest

from lara_verify.problems import find_family, make_problem, problem_names

EXTREMES = [name for name in problem_names() if name.startswith("P6") and name not in ("P6-small", "P6-oblong")]


def logits(problem, centred=True):
    k = problem.k - problem.k.mean(0) if centred else problem.k
    return problem.scale * problem.q @ k.T


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_are_finite_and_keep_a_constant_column(name):
    problem = make_problem(name)
    assert (problem.v[:, -1] == 1).all()
    assert np.ptp(problem.v[:, 0]) > 0.5
    assert abs(logits(problem)).max() < 40


@pytest.mark.parametrize("name", [name for name in EXTREMES if "logits30" in name])
@pytest.mark.parametrize("seed", [None, 1, 2])
def test_logits_reach_thirty(name, seed):
    """Far out, to what centring takes off and the offset rounds; in causal problems unseen keys count."""
    problem = make_problem(name) if seed is None else find_family(name).make(seed)
    if "offset" in name:
        assert abs(logits(problem)).max() > 24
    else:
        assert abs(logits(problem, centred=False)).max() == pytest.approx(30, rel=1e-5)


@pytest.mark.parametrize("name", [name for name in EXTREMES if "offset100" in name])
def test_keys_lie_around_one_hundred_in_every_coordinate(name):
    k = make_problem(name).k
    assert np.allclose(k.mean(0), 100, atol=5)


@pytest.mark.parametrize("name", ["P6-one-key", "P6-one-key-offset100"])
def test_one_key_is_left(name):
    assert make_problem(name).key_mask.sum() == 1


@pytest.mark.parametrize(
    ("name", "n_distinct"), [("P6-duplicates", 4), ("P6-equal-keys", 1), ("P6-equal-keys-offset100", 1)]
)
def test_keys_are_duplicates_and_their_values_are_not(name, n_distinct):
    problem = make_problem(name)
    assert len(np.unique(problem.k, axis=0)) == n_distinct
    assert len(np.unique(problem.v, axis=0)) == problem.n_keys


def test_sizes_are_extreme():
    assert make_problem("P6-d1").dim == 1
    assert make_problem("P6-d128").dim == 128
    assert all(make_problem(name).n_keys == 4096 for name in EXTREMES if "long" in name)
    assert {make_problem(name).n_queries == make_problem(name).n_keys for name in EXTREMES} == {True, False}


@pytest.mark.parametrize("name", [name for name in EXTREMES if "causal" in name])
def test_causal_extremes_are_causal_and_keep_the_first_key(name):
    problem = make_problem(name)
    assert problem.causal
    assert problem.key_mask is None or (problem.key_mask[0] and problem.key_mask.sum() == 11)


def test_later_keys_are_far_larger_than_what_a_query_sees():
    """Divided by the largest kernel of all keys, all that some query sees would be below exp(-20)."""
    problem = make_problem("P6-causal-logits30")
    seen = np.where(np.tri(problem.n_keys, dtype=bool) & problem.key_mask, logits(problem, centred=False), -np.inf)
    everything = np.where(problem.key_mask, logits(problem, centred=False), -np.inf)
    assert (everything.max(1) - seen.max(1)).max() > 20
