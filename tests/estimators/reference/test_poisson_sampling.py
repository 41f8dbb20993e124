"""Poisson sampling of keys: its formula by loops, all sets enumerated, inclusion and collision probabilities."""

import itertools
import math

import numpy as np
import pytest

from lara_estimators import GivenSizes, InclusionNoise, NoNoise, Problem
from lara_estimators.reference import MeanValue, PoissonSampling, Softmax

MASK = np.array([True, False, True, True, False])
GIVEN = GivenSizes(np.array([[0.5, 3.0, 1.0, 2.0, 0.1]]))
SIZES = ["uniform", "collision", GIVEN]


def name(size):
    return size if isinstance(size, str) else "given"


def rho_of(problem, size, n_samples, n_bits=4):
    """Inclusion probabilities by their definition, one query and key at a time."""
    rho = np.zeros((problem.n_queries, problem.n_keys))
    keys = [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]
    for n, query in enumerate(problem.q):
        g = {}
        for m in keys:
            cosine = query @ problem.k[m] / math.sqrt(query @ query) / math.sqrt(problem.k[m] @ problem.k[m])
            collision = (1 - math.acos(max(-1.0, min(1.0, cosine))) / math.pi) ** n_bits
            g[m] = {"uniform": 1.0, "collision": collision}.get(name(size), GIVEN.sizes[0, m])
        for m in keys:
            rho[n, m] = min(1.0, n_samples * g[m] / math.fsum(g.values()))
    return rho


@pytest.fixture(params=[None, MASK], ids=["all keys", "masked"])
def problem(request, make_problem):
    return make_problem(3, 5, 2, 4, mask=request.param)


@pytest.mark.parametrize("size", SIZES, ids=name)
def test_poisson_sampling_is_the_ratio_of_hajek(size, problem, rng):
    estimator = PoissonSampling(2, size)
    noise = estimator.draw(problem, rng, (20,))
    estimate = estimator(problem, noise)
    rho = rho_of(problem, size, 2)
    keys = [m for m in range(5) if problem.key_mask is None or problem.key_mask[m]]
    for r, n in np.ndindex(20, 3):
        drawn = [m for m in keys if noise.included[r, n, m]]
        if not drawn:
            assert np.allclose(estimate.value[r, n], problem.v[keys].mean(0), rtol=0, atol=1e-14)
            assert estimate.log_normaliser[r, n] == -np.inf
            continue
        weights = [math.exp(problem.scale * (problem.q[n] @ problem.k[m])) / rho[n, m] for m in drawn]
        total = math.fsum(weights)
        assert np.allclose(estimate.value[r, n], weights @ problem.v[drawn] / total, rtol=0, atol=1e-13)
        assert math.exp(estimate.log_normaliser[r, n]) == pytest.approx(total, rel=1e-12)
        assert np.allclose(np.exp(estimate.log_weights[r, n])[drawn], np.array(weights) / total, rtol=1e-12, atol=0)


@pytest.mark.parametrize("size", SIZES, ids=name)
def test_poisson_normaliser_and_numerator_are_unbiased(size, problem):
    """Exact: all 32 sets of five keys, each weighted by its probability; masked keys have rho 0."""
    sets = np.array(list(itertools.product([False, True], repeat=5)))
    rho = rho_of(problem, size, 2)
    probability = np.prod(np.where(sets[:, None], rho, 1 - rho), axis=-1)
    assert np.allclose(probability.sum(0), 1, rtol=0, atol=1e-14)
    noise = InclusionNoise(np.broadcast_to(sets[:, None], (32, 3, 5)))
    estimate = PoissonSampling(2, size)(problem, noise)
    weighted = probability * np.exp(estimate.log_normaliser)
    exact = Softmax()(problem, NoNoise())
    z = np.exp(exact.log_normaliser)
    assert np.allclose(weighted.sum(0), z, rtol=1e-12, atol=0)
    assert np.allclose((weighted[..., None] * estimate.value).sum(0), z[:, None] * exact.value, rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", SIZES, ids=name)
def test_all_probabilities_one_is_softmax_attention(size, problem, rng):
    estimator = PoissonSampling(10**9, size)
    noise = estimator.draw(problem, rng, (3,))
    taking_part = True if problem.key_mask is None else problem.key_mask
    assert (noise.included == taking_part).all()
    value = estimator(problem, noise).value
    assert np.allclose(value, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-14)


def test_uniform_with_as_many_as_keys_takes_all(problem, rng):
    n_keys = 5 if problem.key_mask is None else int(problem.key_mask.sum())
    assert PoissonSampling(n_keys).draw(problem, rng, (50,)).included.sum(-1).min() == n_keys


def test_no_key_included_is_the_mean_value(problem):
    empty = InclusionNoise(np.zeros((3, 5), bool))
    assert np.allclose(
        PoissonSampling(2)(problem, empty).value, MeanValue()(problem, NoNoise()).value, rtol=0, atol=1e-15
    )


@pytest.mark.parametrize("size", SIZES, ids=name)
def test_keys_are_included_with_their_probabilities(size, problem, rng, frequencies):
    """Level and power by ``frequencies``; refused as wrong: probabilities of one sample more, or of three bits."""
    n_draws = 20_000
    included = PoissonSampling(2, size).draw(problem, rng, (n_draws,)).included
    rho = rho_of(problem, size, 2)
    assert frequencies.fits(included.mean(0), rho, n_draws)
    assert frequencies.tells_apart(rho, rho_of(problem, size, 3), n_draws)
    if size == "collision":
        assert frequencies.tells_apart(rho, rho_of(problem, size, 2, n_bits=3), n_draws)
    pairs = np.mean(included[:, :, :-1] & included[:, :, 1:], axis=0)  # two neighbours: independent
    assert frequencies.fits(pairs, rho[:, :-1] * rho[:, 1:], n_draws)


def test_collision_is_the_share_of_hyperplanes_that_do_not_separate():
    """Exact in the plane: of 3,600 directions, tilted by a quarter of a step, those on which both signs agree."""
    angles = np.array([0.0, 10.0, 45.0, 90.0, 133.0, 180.0])
    k = 3.0 * np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=-1)
    q = np.array([[0.5, 0.0]])
    directions = np.radians((np.arange(3600) + 0.25) / 10)
    w = np.stack([np.cos(directions), np.sin(directions)], axis=-1)
    share = np.mean((w @ k.T > 0) == (w @ q.T > 0), axis=0)
    assert np.allclose(share, 1 - angles / 180, rtol=0, atol=1e-12)
    problem = Problem(q, k, np.ones((6, 1)))
    for n_bits in (1, 3):
        estimator = PoissonSampling(1, "collision", n_bits)
        g = share**n_bits
        rho = np.minimum(1, g / g.sum())[:5]
        estimate = estimator(problem, InclusionNoise(np.eye(6, dtype=bool)[:5, None]))
        logits = problem.scale * problem.q @ problem.k.T
        assert np.allclose(np.exp(logits[0, :5] - estimate.log_normaliser[:, 0]), rho, rtol=1e-12, atol=0)


def test_a_zero_vector_has_a_right_angle_with_every_other():
    problem = Problem(np.zeros((1, 2)), np.array([[1.0, 0.0], [0.0, 0.0], [-2.0, 1.0]]), np.eye(3))
    one, other = PoissonSampling(1, "collision"), PoissonSampling(1)
    noise = InclusionNoise(np.array([[True, False, True]]))
    assert np.allclose(one(problem, noise).log_normaliser, other(problem, noise).log_normaliser, rtol=0, atol=1e-14)


def test_keys_opposite_to_a_query_are_never_included(rng):
    problem = Problem(np.ones((1, 1)), np.array([[-1.0], [-2.0]]), np.array([[1.0], [3.0]]))
    estimator = PoissonSampling(2, "collision")
    noise = estimator.draw(problem, rng, (100,))
    assert not noise.included.any()
    assert (estimator(problem, noise).value == 2.0).all()


def test_given_sizes_may_be_one_row_or_one_a_query(make_problem):
    problem = make_problem(3, 5, 2, 1, batch=(2,))
    rows = GivenSizes(np.broadcast_to(GIVEN.sizes, (2, 3, 5)))
    draws = [PoissonSampling(2, size).draw(problem, np.random.Generator(np.random.SFC64(1))) for size in (GIVEN, rows)]
    assert np.array_equal(draws[0].included, draws[1].included)
    one, other = (PoissonSampling(2, size)(problem, draws[0]).value for size in (GIVEN, rows))
    assert np.array_equal(one, other)


def test_poisson_sampling_refuses_what_does_not_fit(make_problem, rng):
    problem = make_problem(3, 5, 2, 1)
    with pytest.raises(ValueError, match="size is 'norm'; expected uniform, collision or a GivenSizes"):
        PoissonSampling(2, "norm")
    with pytest.raises(ValueError, match="n_bits is 0; expected at least 1"):
        PoissonSampling(2, "collision", 0)
    with pytest.raises(ValueError, match=r"size.sizes has shape \(5,\); expected \(3, 5\)"):
        PoissonSampling(2, GivenSizes(np.ones(5))).draw(problem, rng)
    with pytest.raises(ValueError, match=r"size.sizes is not positive"):
        PoissonSampling(2, GivenSizes(np.zeros((1, 5)))).draw(problem, rng)
    with pytest.raises(ValueError, match=r"noise.included has dtype int64; expected booleans"):
        PoissonSampling(2)(problem, InclusionNoise(np.ones((3, 5), np.int64)))
    with pytest.raises(ValueError, match=r"noise.included has shape \(5,\); expected \(\*replicates, 3, 5\)"):
        PoissonSampling(2)(problem, InclusionNoise(np.ones(5, bool)))
