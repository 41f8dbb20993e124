"""What RA's gradients average to: exact means against closed forms and the law of total covariance."""

import numpy as np
import pytest

from lara_studies.ra_gradient import exact_gradient, gradient_law, main, one_query
from lara_verify.oracles.quadrature import gauss_hermite

pytest.importorskip("torch")

CONVERGED = 1e-8  # the rule is doubled until it moves by less than 1e-9


def covariance_of_means(problem, n_nodes):
    """``Cov(E[v | w], E[y | w])`` over w ~ p_x, by quadrature written apart from the twin; scale is 1."""
    rule = gauss_hermite(problem.dim, n_nodes)
    pi = np.exp(problem.k @ problem.q[0])
    pi /= pi.sum()
    a, pi_y = (pi @ problem.v)[0], pi @ problem.k
    missing = np.zeros(problem.dim)
    for m, weight in enumerate(pi):
        w = problem.q[0] + problem.k[m] + rule.nodes
        logits = w @ problem.k.T - 0.5 * np.sum(problem.k**2, axis=1)
        posterior = np.exp(logits - logits.max(axis=1, keepdims=True))
        posterior /= posterior.sum(axis=1, keepdims=True)
        apart = (posterior @ problem.v - a) * (posterior @ problem.k - pi_y)
        missing += weight * rule.weights @ apart
    return missing


@pytest.mark.parametrize("size", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("dim", [1, 2])
def test_pathwise_gradient_of_the_query_misses_the_covariance_of_means(dim, size):
    problem = one_query(dim, size)
    law = gradient_law(problem, "pathwise")
    truth = exact_gradient(problem)[0]
    missing = np.linalg.norm(covariance_of_means(problem, 128)) / np.linalg.norm(truth)
    assert law.moved < CONVERGED
    assert law.bias[0] == pytest.approx(missing, abs=CONVERGED)
    assert law.bias[0] > 0.05
    assert law.bias[1] > 0.01


@pytest.mark.parametrize("size", [0.25, 1.0, 2.0])
@pytest.mark.parametrize("dim", [1, 2])
def test_unbiased_gradient_has_the_gradient_of_softmax_as_its_mean(dim, size):
    law = gradient_law(one_query(dim, size, seed=1), "unbiased")
    assert law.moved < CONVERGED
    assert (law.bias < CONVERGED).all()


def test_both_gradients_of_the_values_are_unbiased_and_equal():
    pathwise, unbiased = (gradient_law(one_query(2, 1.0), gradient) for gradient in ("pathwise", "unbiased"))
    assert max(pathwise.bias[2], unbiased.bias[2]) < CONVERGED
    assert pathwise.deviation[2] == pytest.approx(unbiased.deviation[2], abs=CONVERGED)


def test_bias_of_the_pathwise_gradient_grows_with_the_distance_of_keys():
    """From a few percent, where a draw tells nothing of its component, to all of it, where a draw tells it."""
    bias = [gradient_law(one_query(2, size), "pathwise").bias[0] for size in (0.25, 0.5, 1.0, 2.0)]
    assert bias == sorted(bias)
    assert bias[0] < 0.1 < 0.9 < bias[-1]


def test_exact_gradient_is_the_slope_of_attention():
    """Central differences of the closed form, error h^2."""
    problem, step = one_query(2, 1.0), 1e-5

    def attention(q, k, v):
        pi = np.exp(k @ q[0])
        return float((pi @ v)[0] / pi.sum())

    arrays = [problem.q, problem.k, problem.v]
    for i, gradient in enumerate(exact_gradient(problem)):
        for at in np.ndindex(gradient.shape):
            bump = np.zeros_like(arrays[i])
            bump[at] = step
            up, down = ([a + s * bump if j == i else a for j, a in enumerate(arrays)] for s in (1, -1))
            assert gradient[at] == pytest.approx((attention(*up) - attention(*down)) / (2 * step), abs=1e-8)


def test_the_command_prints_the_table(capsys):
    assert main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert "S*" in lines[1]
    assert sum(line[:2].strip().isdecimal() for line in lines) == 10
