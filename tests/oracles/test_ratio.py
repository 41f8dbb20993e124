"""The Laplace oracle against quadrature over all draws at once, and against the expansion in 1/S."""

import numpy as np
import pytest

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.first_order import first_order_bias, first_order_covariance, second_order_bias
from lara_verify.oracles.one_sample import rfa_mean_at_one_sample, rfa_variance_at_one_sample
from lara_verify.oracles.ratio import RatioOracle, constant_weight_lara, rfa_moments, rfa_proposal
from lara_verify.oracles.sampling import AntitheticProposal, GaussianProposal
from lara_verify.problems import make_problem

LOW_SPAN = ("P3L-d2", "P3L-d8", "P3L-d64")


def line_problem():
    rng = np.random.default_rng(17)
    return Problem(0.7 * rng.normal(size=(2, 1)), 0.9 * rng.normal(size=(3, 1)), rng.normal(size=(3, 2)), scale=1.0)


def by_all_draws(problem, n, proposals, n_nodes=100):
    """E(R - A) and E(R - A)^2 for one-dimensional inputs by a tensor rule over every draw, from densities as defined.

    ``proposals`` lists one (mean, weight, antithetic) a draw.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
    weights = weights / weights.sum()
    x, y, v = problem.q[n, 0], problem.k[:, 0], problem.v

    def draw(mu, a, antithetic):
        def at(w):
            joint = np.exp(w[:, None] * x - x * x / 2 + w[:, None] * y - y * y / 2)
            joint = a * joint / np.exp(w * mu - mu * mu / 2)[:, None]
            return joint @ v, joint.sum(axis=1)

        pairs = [at(mu + nodes), at(mu - nodes)] if antithetic else [at(mu + nodes)]
        return sum(p[0] for p in pairs), sum(p[1] for p in pairs)

    numerator, normaliser, weight = np.zeros((1, v.shape[1])), np.zeros(1), np.ones(1)
    for proposal in proposals:
        top, bottom = draw(*proposal)
        numerator = (numerator[:, None, :] + top).reshape(-1, v.shape[1])
        normaliser = np.add.outer(normaliser, bottom).ravel()
        weight = np.multiply.outer(weight, weights).ravel()
    attention = np.exp(x * y) @ v / np.exp(x * y).sum()
    error = numerator / normaliser[:, None] - attention
    return weight @ error, weight @ error**2


def assert_moments(moments, n, expected, slack=1e-10):
    """`slack` is the tensor rule's own error, seen by changing its nodes."""
    for answer, value in zip(moments, expected, strict=True):
        assert np.all(np.abs(answer.value[n] - value) <= answer.error[n] + slack)
        assert answer.error.max() < 1e-8


@pytest.mark.parametrize("name", LOW_SPAN)
def test_one_draw_is_the_feature_itself(name):
    problem = make_problem(name)
    bias = rfa_mean_at_one_sample(problem).value - exact_softmax(problem).value
    moments = rfa_moments(problem, 1)
    assert np.all(np.abs(moments.bias.value - bias) <= moments.bias.error + 1e-13)
    mse = rfa_variance_at_one_sample(problem).value + bias**2
    assert np.all(np.abs(moments.mse.value - mse) <= moments.mse.error + 1e-13)
    assert np.abs(bias).max() > 0.03


@pytest.mark.parametrize("n_samples", [1, 2, 3])
def test_a_few_draws_of_rfa(n_samples):
    problem = line_problem()
    moments = rfa_moments(problem, n_samples)
    for n in range(2):
        assert_moments(moments, n, by_all_draws(problem, n, [(0.0, 1.0, False)] * n_samples))


@pytest.mark.parametrize("n_each", [1, 2])
def test_a_few_draws_of_constant_weight_lara(n_each):
    problem, mu, weights = line_problem(), np.array([[0.4], [-0.3]]), np.array([0.7, 0.3])
    moments = RatioOracle(problem, constant_weight_lara(mu, weights)).moments(2 * n_each)
    draws = [(m, a, False) for m, a in zip(mu[:, 0], weights, strict=True)] * n_each
    for n in range(2):
        assert_moments(moments, n, by_all_draws(problem, n, draws, 60))


def test_antithetic_pairs():
    problem = line_problem()
    moments = RatioOracle(problem, constant_weight_lara(np.array([[0.4]]), antithetic=True)).moments(4)
    for n in range(2):
        assert_moments(moments, n, by_all_draws(problem, n, [(0.4, 1.0, True)] * 2))


def test_two_draws_in_the_plane():
    """A four-dimensional tensor rule, at 24 nodes a side."""
    problem = make_problem("P3L-d2")
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    weights = np.multiply.outer(weights, weights).ravel() / weights.sum() ** 2
    w = np.stack(np.meshgrid(nodes, nodes, indexing="ij"), axis=-1).reshape(-1, 2)
    root = np.sqrt(problem.scale)
    x, y = root * problem.q[0], root * problem.k
    joint = np.exp(w @ x - x @ x / 2)[:, None] * np.exp(w @ y.T - (y**2).sum(axis=1) / 2)
    top, bottom = joint @ problem.v, joint.sum(axis=1)
    mean = np.zeros(problem.value_dim)
    for i, weight in enumerate(weights):
        mean += weight * weights @ ((top[i] + top) / (bottom[i] + bottom)[:, None])
    moments = rfa_moments(problem, 2)
    assert np.abs(moments.bias.value[0] + exact_softmax(problem).value[0] - mean).max() < 1e-9


@pytest.mark.parametrize("name", LOW_SPAN)
def test_bias_and_mse_approach_first_and_second_order(name):
    """S bias - b1 falls as 1/S with coefficient b2, and the rest as 1/S^2; S MSE tends to the first-order variance."""
    problem = make_problem(name)
    b1, b2 = first_order_bias(problem, GaussianProposal()), second_order_bias(problem, GaussianProposal())
    variance = np.einsum("nee->ne", first_order_covariance(problem, GaussianProposal()))
    oracle = RatioOracle(problem)
    gaps, rests = [], []
    for n_samples in (256, 1024, 4096, 10**6):
        moments = oracle.moments(n_samples)
        scaled = n_samples * moments.bias.value
        gaps.append(np.abs(scaled - b1).max())
        rests.append(np.abs(scaled - b1 - b2 / n_samples).max())
        assert np.abs(n_samples * moments.mse.value - variance).max() < 20 * variance.max() / n_samples
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.06)
    assert gaps[1] / gaps[2] == pytest.approx(4, rel=0.02)
    assert rests[0] / rests[1] == pytest.approx(16, rel=0.3)
    assert rests[1] / rests[2] == pytest.approx(16, rel=0.1)
    assert gaps[3] < 1e-5 * np.abs(b1).max()


def test_antithetic_bias_approaches_its_own_second_order():
    problem = make_problem("P3L-d2")
    oracle = RatioOracle(problem, constant_weight_lara(np.zeros((1, 2)), antithetic=True))
    b1, b2 = first_order_bias(problem, AntitheticProposal()), second_order_bias(problem, AntitheticProposal())
    pairs = 2048
    scaled = pairs * oracle.moments(2 * pairs).bias.value
    assert np.abs(scaled - b1 - b2 / pairs).max() < 0.02 * np.abs(b2).max() / pairs


def test_a_wrong_second_order_would_be_seen():
    """The judge tried on something wrong: without 3 b1 chi^2 the rest falls as 1/S only."""
    problem = make_problem("P3L-d8")
    b1, b2 = first_order_bias(problem, GaussianProposal()), second_order_bias(problem, GaussianProposal())
    oracle = RatioOracle(problem)
    rests = [np.abs(n * oracle.moments(n).bias.value - b1 - 0.8 * b2 / n).max() for n in (1024, 4096)]
    assert rests[0] / rests[1] < 6


def test_masked_keys_have_no_part():
    rng = np.random.default_rng(18)
    q, k, v = 0.5 * rng.normal(size=(1, 2)), 0.5 * rng.normal(size=(3, 2)), rng.normal(size=(3, 1))
    masked = rfa_moments(Problem(q, k, v, key_mask=np.array([True, False, True])), 8)
    alone = rfa_moments(Problem(q, k[[0, 2]], v[[0, 2]]), 8)
    assert np.allclose(masked.bias.value, alone.bias.value, rtol=0, atol=1e-12)


def test_a_causal_query_sees_its_own_keys():
    rng = np.random.default_rng(20)
    q, k, v = 0.5 * rng.normal(size=(2, 3, 2)), 0.5 * rng.normal(size=(2, 3, 2)), rng.normal(size=(2, 3, 1))
    whole = rfa_moments(Problem(q, k, v, causal=True), 8)
    for n in range(3):
        alone = rfa_moments(Problem(q[:, n : n + 1], k[:, : n + 1], v[:, : n + 1]), 8)
        for part, own in zip(whole, alone, strict=True):
            assert np.allclose(part.value[:, n], own.value[:, 0], rtol=0, atol=1e-14)


def test_narrow_proposals_are_refused():
    with pytest.raises(OutsideDomainError, match="weights have infinite variance"):
        RatioOracle(make_problem("P3L-d2"), rfa_proposal(np.zeros(2), 0.5 * np.eye(2)))


def test_wide_proposals_of_the_identity_are_the_standard_one():
    problem = make_problem("P3L-d8")
    plain, wide = rfa_moments(problem, 4), RatioOracle(problem, rfa_proposal(np.zeros(8), np.eye(8))).moments(4)
    assert np.allclose(plain.bias.value, wide.bias.value, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("n_samples", "strata"), [(0, None), (3, constant_weight_lara(np.zeros((2, 2)))), (10**8, None)]
)
def test_numbers_of_draws_that_mean_nothing_are_refused(n_samples, strata):
    oracle = RatioOracle(make_problem("P3L-d2"), strata)
    with pytest.raises(OutsideDomainError, match="expected a multiple"):
        oracle.moments(n_samples)


def test_wide_spans_and_long_vectors_are_refused():
    with pytest.raises(OutsideDomainError, match="span 8 dimensions"):
        RatioOracle(make_problem("P0"))
    with pytest.raises(OutsideDomainError, match="offered up to 3"):
        RatioOracle(Problem(np.full((1, 1), 3.0), np.ones((1, 1)), np.ones((1, 1)), scale=1.0))
