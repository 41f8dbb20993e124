"""How oracles read a problem: batch items, masks, the scaled space, arrays of other libraries."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import float64, per_query, raw_items, scaled_items


def test_items_are_scaled_and_lose_masked_keys():
    rng = np.random.default_rng(22)
    q, k, v = rng.normal(size=(2, 1, 3, 4)), rng.normal(size=(3, 5, 4)), rng.normal(size=(5, 2))
    mask = rng.random((2, 1, 5)) < 0.5
    mask[..., 0] = True
    problem = Problem(q, k, v, scale=0.3, key_mask=mask)
    items = list(scaled_items(problem))
    assert [item.at for item in items] == list(np.ndindex(2, 3))
    for item in items:
        b, h = item.at
        logits = 0.3 * q[b, 0] @ k[h][mask[b, 0]].T
        assert np.allclose(item.x @ item.y.T, logits, rtol=0, atol=1e-14)
        assert np.array_equal(item.v, v[mask[b, 0]])
        assert np.array_equal(item.kept, mask[b, 0])
    assert per_query(problem, 7).shape == (2, 3, 3, 7)


def test_each_query_of_a_causal_problem_is_an_item_with_the_keys_it_sees():
    rng = np.random.default_rng(23)
    q, k, v = (rng.normal(size=(2, 3, 4)) for _ in range(3))
    mask = np.array([[True, False, True], [True, True, True]])
    problem = Problem(q, k, v, scale=1.0, key_mask=mask, causal=True)
    numbers = per_query(problem)
    for item in scaled_items(problem):
        ((b, n),) = item.queries_at
        seen = mask[b] & (np.arange(3) <= n)
        assert np.array_equal(item.x, q[b, n : n + 1])
        assert np.array_equal(item.y, k[b][seen])
        assert np.array_equal(item.kept, seen)
        numbers[item.at] += 1 + n
    assert np.array_equal(numbers, [[1, 2, 3], [1, 2, 3]])


def test_queries_of_an_item_know_where_they_are():
    problem = Problem(np.ones((2, 3, 1)), np.ones((4, 1)), np.ones((4, 1)))
    assert [at for item in scaled_items(problem) for at in item.queries_at] == list(np.ndindex(2, 3))


def test_raw_items_are_not_scaled():
    problem = Problem(np.ones((1, 4)), np.ones((2, 4)), np.ones((2, 1)))
    (item,) = raw_items(problem)
    assert item.at == ()
    assert np.array_equal(item.x, problem.q)


def test_torch_tensors_are_read_whatever_their_dtype_and_tape():
    torch = pytest.importorskip("torch")
    tensor = torch.ones((2, 3), dtype=torch.bfloat16, requires_grad=True)
    assert np.array_equal(float64(tensor), np.ones((2, 3)))
    assert float64(tensor).dtype == np.float64
