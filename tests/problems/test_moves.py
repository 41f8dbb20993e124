"""Moves: exact on `grid` in every floating type, undone by their inverses, and moving noise with what it belongs to."""

import numpy as np
import pytest

from lara_estimators import InclusionNoise, IndexNoise, KeyNoise, MixtureNoise
from lara_estimators.reference import RFA, Index, Softmax
from lara_verify.problems import make_problem
from lara_verify.problems.moves import MapValues, PermuteKeys, PermuteQueries, ShiftKeys, ZeroKeys

GRID = make_problem("grid")
MOVES = [ShiftKeys(), ZeroKeys(), PermuteKeys(9), PermuteQueries(6), MapValues(), MapValues(offset=0.0)]


def significant_bits(array):
    """Most bits that an entry needs, from its highest to its lowest."""
    units = np.abs(array * 8)
    assert (units == units.round()).all()
    return max(len(f"{int(u):b}".rstrip("0")) for u in units.ravel())


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_both_problems_are_exact_in_eight_bits(move):
    """bfloat16 has eight significant bits, float32 twenty-four; the moved arrays are computed without rounding."""
    moved = move.problem(GRID)
    for array in (GRID.q, GRID.k, GRID.v, moved.q, moved.k, moved.v):
        assert significant_bits(array) <= 8
    if isinstance(move, ShiftKeys):
        assert (moved.k - 8.0 == GRID.k).all()
    if isinstance(move, MapValues):
        assert ((moved.v - move.offset) / -2 == GRID.v).all()


@pytest.mark.parametrize("move", MOVES, ids=str)
def test_a_moved_problem_is_another_one_of_the_same_shape(move):
    moved = move.problem(GRID)
    assert moved.scale == GRID.scale
    assert (moved.n_queries, moved.n_keys, moved.value_dim) == (6, 9, 3)
    assert moved.key_mask.sum() == GRID.key_mask.sum()
    assert any((a != b).any() for a, b in ((moved.q, GRID.q), (moved.k, GRID.k), (moved.v, GRID.v)))


def test_keys_move_with_values_mask_and_drawn_index(rng):
    move = PermuteKeys(9)
    moved = move.problem(GRID)
    noise = Index(5).draw(GRID, rng, (2,))
    assert (moved.v[move.noise(noise).component] == GRID.v[noise.component]).all()
    assert (moved.key_mask[move.noise(noise).component]).all()
    shared = RFA(3).draw(GRID, rng)
    assert move.noise(shared) is shared


def test_included_keys_move_with_queries_and_keys_and_keys_of_all_with_keys_alone(rng):
    noise = InclusionNoise(rng.random((2, 6, 9)) < 0.5)
    by_key, by_query = PermuteKeys(9), PermuteQueries(6)
    for m, key in enumerate(by_key.problem(GRID).k):
        (before,) = np.flatnonzero((GRID.k == key).all(axis=1))
        assert (by_key.noise(noise).included[..., m] == noise.included[..., before]).all()
    for n, query in enumerate(by_query.problem(GRID).q):
        (before,) = np.flatnonzero((GRID.q == query).all(axis=1))
        assert (by_query.noise(noise).included[:, n] == noise.included[:, before]).all()
    drawn = KeyNoise(rng.integers(9, size=(2, 4)))
    assert by_query.noise(drawn) is drawn
    assert (by_key.problem(GRID).v[by_key.noise(drawn).component] == GRID.v[drawn.component]).all()


def test_stratified_draws_move_with_their_query(rng):
    noise = MixtureNoise(rng.integers(9, size=(2, 6, 3, 2)), rng.normal(size=(2, 6, 3, 2, 4)))
    moved = PermuteQueries(6, 2).noise(noise)
    order = [int(np.flatnonzero((GRID.q == query).all(axis=1))[0]) for query in PermuteQueries(6).problem(GRID).q]
    assert (moved.component == noise.component[:, order]).all()
    assert (moved.normals == noise.normals[:, order]).all()


@pytest.mark.parametrize("move", [ShiftKeys(), ZeroKeys(), PermuteKeys(16), PermuteQueries(16), MapValues()], ids=str)
def test_a_causal_problem_stays_causal(move):
    assert move.problem(make_problem("P6-causal")).causal


def test_queries_move_with_their_draws_and_leave_shared_ones(rng):
    move = PermuteQueries(6)
    noise = MixtureNoise(rng.integers(9, size=(2, 6, 3)), rng.normal(size=(2, 6, 3, 4)))
    moved = move.noise(noise)
    for n, query in enumerate(move.problem(GRID).q):
        (before,) = np.flatnonzero((GRID.q == query).all(axis=1))
        assert before != n
        assert (moved.component[:, n] == noise.component[:, before]).all()
        assert (moved.normals[:, n] == noise.normals[:, before]).all()
    only = move.noise(IndexNoise(noise.component))
    assert (only.component == moved.component).all()
    for shared in (RFA(3).draw(GRID, rng), Softmax().draw(GRID, rng, (2,))):
        assert move.noise(shared) is shared


def test_values_and_errors_follow(rng):
    value = rng.normal(size=(2, 6, 3))
    assert (MapValues(-2.0, 3.0).value(value) == -2 * value + 3).all()
    assert (MapValues(-2.0, 3.0).error(value) == 2 * value).all()
    order = [int(np.flatnonzero((GRID.q == q).all(axis=1))[0]) for q in PermuteQueries(6).problem(GRID).q]
    assert (PermuteQueries(6).value(value) == value[:, order]).all()
    for move in (ShiftKeys(), ZeroKeys(), PermuteKeys(9)):
        assert move.value(value) is value
        assert move.error(value) is value
