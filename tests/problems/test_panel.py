"""The panel: names, determinism, exactness in float32, and the property that each problem is there for."""

import hashlib

import numpy as np
import pytest

from lara_estimators.problem import ProblemError
from lara_verify.oracles.first_order import first_order_bias, first_order_covariance
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.problems import find_family, make_problem, problem_names

MADE = ("P0", "P1", "P2", "P3", "P3L-d2", "P3L-d8", "P3L-d64", "P4", "P5", "varied", "axes", "opposed", "aligned")
NUMBERED = (*MADE, "P7-l0h3", "P7-l5h8-t0.125")


def scaled(problem):
    root = np.sqrt(problem.scale)
    return root * problem.q, root * problem.k


def chi_squared(problem):
    """By the density ratio on pairs of components, in plain loops."""
    x, y = scaled(problem)
    out = []
    for query in x:
        pi = np.exp(y @ query)
        pi /= pi.sum()
        out.append(
            sum(
                p * r * np.exp((query + a) @ (query + b))
                for p, a in zip(pi, y, strict=True)
                for r, b in zip(pi, y, strict=True)
            )
            - 1
        )
    return np.array(out)


def test_the_numbered_problems_are_there():
    assert set(NUMBERED) <= set(problem_names())
    assert not any("/" in name for name in problem_names())
    assert len(set(problem_names())) == len(problem_names())


@pytest.mark.parametrize("name", problem_names())
def test_every_problem_is_read_only_and_exact_in_float32(name):
    problem = make_problem(name)
    assert problem is make_problem(name)
    for array in (problem.q, problem.k, problem.v):
        assert array.dtype == np.float64
        assert not array.flags.writeable
        assert np.array_equal(array, array.astype(np.float32))
    assert problem.key_mask is None or not problem.key_mask.flags.writeable


@pytest.mark.parametrize("name", NUMBERED)
def test_a_problem_depends_on_its_seed_only(name):
    family = find_family(name)
    first, again = family.make(), family.make()
    assert np.array_equal(first.k, again.k)
    if not name.startswith("P7"):  # what was recorded does not depend on a seed
        assert not np.array_equal(first.q, family.make(1).q)


def test_an_unknown_name_is_answered_with_the_list():
    with pytest.raises(ProblemError, match=r"no problem 'P99'; the panel has P0, P1"):
        make_problem("P99")


@pytest.mark.parametrize(
    ("name", "n_keys", "query_norms", "key_norms"),
    [("P0", 16, (1, 1), (1, 1)), ("P1", 16, (1, 3), (0.75, 2.25)), ("P2", 32, (1, 3), (0.5, 1.5))],
)
def test_norms_hold_in_the_scaled_space(name, n_keys, query_norms, key_norms):
    problem = make_problem(name)
    assert (problem.n_queries, problem.n_keys, problem.dim, problem.value_dim) == (8, n_keys, 8, n_keys + 1)
    assert np.array_equal(problem.v, np.hstack([np.eye(n_keys), np.ones((n_keys, 1))]))
    for vectors, (low, high) in zip(scaled(problem), (query_norms, key_norms), strict=True):
        norms = np.linalg.norm(vectors, axis=-1)
        assert np.all((norms > low - 1e-6) & (norms < high + 1e-6))
        assert low == high or np.ptp(norms) > 0.4 * (high - low)


@pytest.mark.parametrize("name", ["P3", "P3L-d2", "P3L-d8", "P3L-d64"])
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_mild_problems_reach_their_chi_squared_and_stay_below(name, seed):
    family = find_family(name)
    chi2 = chi_squared(family.make() if seed is None else family.make(seed))
    assert 0.6 < chi2.max() <= 0.8 + 1e-6


@pytest.mark.parametrize(("name", "rank"), [("P3L-d2", 2), ("P3L-d8", 3), ("P3L-d64", 3)])
def test_low_span_problems_have_low_span(name, rank):
    problem = make_problem(name)
    assert (problem.n_queries, problem.n_keys, problem.dim) == (4, 6, int(name.split("-d")[1]))
    singular = np.linalg.svd(np.concatenate([problem.q, problem.k]), compute_uv=False)
    assert (singular > 1e-6 * singular[0]).sum() == rank


def test_masks_differ_from_item_to_item():
    problem = make_problem("P5")
    assert problem.batch_shape == (2, 2)
    assert problem.n_queries != problem.n_keys
    masks = problem.key_mask.reshape(4, -1)
    assert sorted((~masks).sum(axis=1)) == [2, 3, 4, 5]
    assert np.all(problem.v[..., -1] == 1)


def test_kernel_pairs_stand_on_axes_diagonals_and_one_generic_direction():
    problem = make_problem("P4")
    x, y = scaled(problem)
    sums = (x + y)[:, 0]
    assert np.allclose(np.linalg.norm(sums, axis=1) ** 2, [0.25] * 7 + [2.25] * 7, rtol=1e-6)
    assert [int((np.abs(s) > 1e-9).sum()) for s in sums] == [1, 1, 1, 1, 4, 4, 4] * 2
    assert np.allclose(x, 3 * y, rtol=1e-6)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("varied", 0.5, 2.0), ("axes", 0.5, 2.5), ("opposed", 0.0, 0.5), ("aligned", 1.0, 6.0)]
)
def test_consistency_problems_are_in_their_regime(name, low, high):
    """Where RFA is judged (not `aligned`, which is LARA's), |b1| <= 1.5 sd: the null of `consistent` rests on it."""
    problem = make_problem(name)
    assert problem.dim == 8
    assert np.array_equal(problem.v, np.eye(problem.n_keys))
    assert low < chi_squared(problem).max() < high
    sampling = GaussianProposal()
    sd = np.sqrt(np.einsum("nee->ne", first_order_covariance(problem, sampling)))
    assert name == "aligned" or (np.abs(first_order_bias(problem, sampling)) / sd).max() < 1.5


def test_axes_are_axes_and_opposed_is_opposed():
    axes = make_problem("axes")
    assert np.array_equal((axes.q != 0).sum(axis=1), np.ones(8))
    assert np.array_equal((axes.k != 0).sum(axis=1), np.ones(8))
    x, y = scaled(make_problem("opposed"))
    assert np.allclose(np.linalg.norm(x, axis=1), np.sqrt(1.25), rtol=1e-6)
    assert np.linalg.norm(y[-1]) == pytest.approx(2, rel=1e-6)
    assert np.all(x @ y[-1] == pytest.approx(-2, rel=1e-6))


def test_problems_have_not_moved_since_they_were_released():
    """Figures in reports refer to these very numbers; a change of NumPy's streams or of a family shows here."""
    digest = hashlib.sha256()
    for name in MADE:
        problem = make_problem(name)
        for array in (problem.q, problem.k, problem.v):
            digest.update(array.astype("<f4").tobytes())
    assert digest.hexdigest()[:16] == "24555cf70f3fde5c"
