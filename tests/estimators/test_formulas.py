"""The references against plain loops, written from the paper in linear space, one term at a time."""

import math

import numpy as np
import pytest

from lara_estimators import IndexNoise, NoNoise
from lara_estimators.reference import RA, RFA, Importance, Index, MeanValue, Softmax
from lara_verify.oracles.rounding import rounding_bound


def dot(a, b):
    return math.fsum(float(p) * float(r) for p, r in zip(a, b, strict=True))


def scaled_rows(rows, problem):
    return [[math.sqrt(problem.scale) * float(entry) for entry in row] for row in rows]


def kept(problem):
    return [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]


def feature(u, w):
    return math.exp(dot(w, u) - dot(u, u) / 2)


def softmax_row(x, y, v, keys):
    kernel = {m: math.exp(dot(x, y[m])) for m in keys}
    total = math.fsum(kernel.values())
    return [math.fsum(kernel[m] * v[m][j] for m in keys) / total for j in range(len(v[0]))], total


def rfa_row(x, y, v, keys, draws):
    total = math.fsum(feature(x, w) * feature(y[m], w) for w in draws for m in keys)
    row = [
        math.fsum(feature(x, w) * feature(y[m], w) * v[m][j] for w in draws for m in keys) / total
        for j in range(len(v[0]))
    ]
    return row, total / len(draws)


def ra_row(x, y, v, keys, component, normals):
    rows = []
    for m, z in zip(component, normals, strict=True):
        w = [x[i] + y[m][i] + z[i] for i in range(len(x))]
        total = math.fsum(feature(y[key], w) for key in keys)
        rows.append([math.fsum(feature(y[key], w) * v[key][j] for key in keys) / total for j in range(len(v[0]))])
    return np.mean(rows, axis=0)


CASES = [
    {},
    {"n_queries": 1, "n_keys": 1, "dim": 1, "value_dim": 1},
    {"n_queries": 4, "n_keys": 2, "dim": 7, "value_dim": 1, "scale": 0.9},
    {"mask": np.array([False, True, True, False, True])},
    {"mask": np.array([False, False, True, False, False])},
]


@pytest.fixture(params=CASES, ids=str)
def problem(request, make_problem):
    return make_problem(**request.param)


@pytest.fixture
def symbols(problem):
    return scaled_rows(problem.q, problem), scaled_rows(problem.k, problem), problem.v.tolist(), kept(problem)


def test_softmax_is_its_definition(problem, symbols):
    x, y, v, keys = symbols
    estimate = Softmax()(problem, NoNoise())
    rows = [softmax_row(query, y, v, keys) for query in x]
    assert (abs(estimate.value - [row for row, _ in rows]) <= rounding_bound(problem, "softmax", None, "float64")).all()
    assert np.allclose(np.exp(estimate.log_normaliser), [total for _, total in rows], rtol=1e-13, atol=0)


@pytest.mark.parametrize("n_samples", [1, 3])
def test_rfa_is_the_ratio_of_positive_features(problem, symbols, rng, n_samples):
    x, y, v, keys = symbols
    rfa = RFA(n_samples)
    noise = rfa.draw(problem, rng)
    estimate = rfa(problem, noise)
    rows = [rfa_row(query, y, v, keys, noise.normals.tolist()) for query in x]
    assert (abs(estimate.value - [row for row, _ in rows]) <= rounding_bound(problem, "rfa", noise, "float64")).all()
    assert np.allclose(np.exp(estimate.log_normaliser), [total for _, total in rows], rtol=1e-12, atol=0)
    assert np.allclose(np.exp(estimate.log_weights).sum(-1), 1, rtol=1e-13, atol=0)


@pytest.mark.parametrize("n_samples", [1, 3])
def test_ra_is_the_mean_of_the_integrand(problem, symbols, rng, n_samples):
    x, y, v, keys = symbols
    ra = RA(n_samples)
    noise = ra.draw(problem, rng)
    estimate = ra(problem, noise)
    expected = [
        ra_row(x[n], y, v, keys, noise.component[n], noise.normals[n].tolist()) for n in range(problem.n_queries)
    ]
    assert (abs(estimate.value - expected) <= rounding_bound(problem, "ra", noise, "float64")).all()
    assert np.exp(estimate.log_weights).sum(-1) == pytest.approx(1)


@pytest.mark.parametrize("n_samples", [1, 3])
def test_importance_divides_by_the_known_normaliser(problem, symbols, rng, n_samples):
    x, y, v, keys = symbols
    importance = Importance(n_samples)
    noise = importance.draw(problem, rng)
    estimate = importance(problem, noise)
    expected = []
    for query in x:
        row, normaliser = rfa_row(query, y, v, keys, noise.normals.tolist())
        _, exact = softmax_row(query, y, v, keys)
        expected.append([entry * normaliser / exact for entry in row])
    bound = rounding_bound(problem, "importance", noise, "float64")
    assert (abs(estimate.value - expected) <= 2 * bound).all()


def test_importance_mean_is_softmax(make_problem):
    """Exact: Gauss-Hermite for one draw of one dimension; f has poles off the axis, error below 1e-7 by doubling."""
    problem = make_problem(dim=1, size=0.8)
    nodes, weights = np.polynomial.hermite_e.hermegauss(160)
    noise = Importance().draw(problem, np.random.Generator(np.random.SFC64(1)))._replace(normals=nodes[:, None, None])
    mean = np.tensordot(weights / weights.sum(), Importance()(problem, noise).value, axes=1)
    assert np.allclose(mean, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-7)


def test_index_is_the_mean_of_drawn_values(problem, rng):
    index = Index(3)
    noise = index.draw(problem, rng)
    expected = [[problem.v[m] for m in row] for row in noise.component]
    assert np.allclose(index(problem, noise).value, np.mean(expected, axis=1), rtol=0, atol=1e-15)


def test_mean_value_is_the_mean_over_keys_that_take_part(problem):
    expected = problem.v[kept(problem)].mean(0)
    assert np.allclose(MeanValue()(problem, NoNoise()).value, expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(("dim", "n_nodes"), [(1, 120), (2, 60)])
def test_ra_mean_is_softmax(make_problem, dim, n_nodes):
    """Exact: all components, and Gauss-Hermite nodes for the normals; error below 1e-9, measured by doubling nodes."""
    problem = make_problem(dim=dim, mask=np.array([True, True, False, True, True]))
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    grid = np.stack(np.meshgrid(*[nodes] * dim, indexing="ij"), -1).reshape(-1, dim)
    law = np.prod(np.stack(np.meshgrid(*[weights] * dim, indexing="ij"), -1).reshape(-1, dim), -1)
    law = law / law.sum()
    shape = (len(grid), problem.n_keys, problem.n_queries, 1)
    component = np.broadcast_to(np.arange(problem.n_keys)[:, None, None], shape)
    normals = np.broadcast_to(grid[:, None, None, None], (*shape, dim))
    given = (
        RA().draw(problem, np.random.Generator(np.random.SFC64(1)), (1,))._replace(component=component, normals=normals)
    )
    f = np.tensordot(law, RA()(problem, given).value, axes=1)
    logits = problem.scale * problem.q @ problem.k.T
    pi = np.where(problem.key_mask, np.exp(logits), 0)
    pi /= pi.sum(-1, keepdims=True)
    assert np.allclose(np.einsum("nm,mne->ne", pi, f), pi @ problem.v, rtol=0, atol=1e-9)


def test_rfa_normaliser_is_unbiased(make_problem):
    """Exact: Gauss-Hermite for one draw of one dimension, integrand entire; error below 1e-12."""
    problem = make_problem(dim=1, size=0.8)
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    noise = RFA().draw(problem, np.random.Generator(np.random.SFC64(1)))._replace(normals=nodes[:, None, None])
    normaliser = np.exp(RFA()(problem, noise).log_normaliser)
    mean = weights @ normaliser / weights.sum()
    assert np.allclose(mean, np.exp(Softmax()(problem, NoNoise()).log_normaliser), rtol=1e-12, atol=0)


def test_index_mean_is_softmax(make_problem):
    """Exact: every key, weighted by its probability."""
    problem = make_problem()
    logits = problem.scale * problem.q @ problem.k.T
    pi = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    component = np.broadcast_to(np.arange(problem.n_keys)[:, None, None], (problem.n_keys, problem.n_queries, 1))
    values = Index()(problem, IndexNoise(component)).value
    mean = np.einsum("nm,mne->ne", pi, values)
    assert np.allclose(mean, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-14)
