"""The mean of RA's gradient, exactly: masks, causal, batch, several queries, several draws; against slopes in balls.

Every query is given component c and node z in turn, one replicate each, and its share ``pi_c(x) weight(z)`` as its
cotangent: the gradient of the weighted sum is the mean of the gradient, with no Monte Carlo. What is left is the rule's
error: on logits below 2.4 its 96 nodes an axis are right to 1e-13 of the cotangents' sum.
"""

import numpy as np
import pytest

from lara_estimators import MixtureNoise, NoNoise, Problem
from lara_verify.oracles.balls import Direction, ball_derivative, formula_of
from lara_verify.oracles.balls.digits import answer
from lara_verify.oracles.quadrature import gauss_hermite

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

N, D, E = 3, 2, 2
CONVERGED = 1e-9


def problem_of(kind, rng):
    batch = (2,) if kind == "batch" else ()
    q, k, v = (rng.uniform(-1.2, 1.2, (*batch, N, size)) for size in (D, D, E))
    mask = {"masked": [True, False, True], "causal": [True, True, False], "batch": [[True] * 3, [True, True, False]]}
    return Problem(q, k, v, 0.8, np.array(mask[kind]) if kind in mask else None, kind == "causal")


def component_law(problem):
    """``pi_m(x_n)`` over what the query sees."""
    logits = problem.scale * problem.q @ np.swapaxes(problem.k, -1, -2)
    if problem.key_mask is not None:
        logits = np.where(problem.key_mask[..., None, :], logits, -np.inf)
    if problem.causal:
        logits = np.where(np.tri(N, dtype=bool), logits, -np.inf)
    pi = np.exp(logits)
    return pi / pi.sum(axis=-1, keepdims=True)


def mean_gradients(problem, gradient, cotangent, n_samples, n_nodes=96):
    """Mean of the gradient of ``sum(cotangent * value)``; all draws of a query alike."""
    rule = gauss_hermite(D, n_nodes)
    component = np.repeat(np.arange(N), len(rule.weights))
    batch, law = problem.batch_shape, component_law(problem)
    shape = (len(component), *batch, N, n_samples)
    expand = lambda array, *tail: array.reshape(-1, *(1,) * (len(shape) - 1), *tail)  # noqa: E731
    components = np.broadcast_to(expand(component), shape).copy()
    normals = np.broadcast_to(expand(np.tile(rule.nodes, (N, 1)), D), (*shape, D)).copy()
    share = np.moveaxis(law, -1, 0)[component] * expand(np.tile(rule.weights, N))[..., 0]
    leaves = [torch.tensor(array, requires_grad=True) for array in (problem.q, problem.k, problem.v)]
    mask = None if problem.key_mask is None else torch.tensor(problem.key_mask)
    of = Problem(*leaves, problem.scale, mask, problem.causal)
    value = twins.RA(n_samples, gradient=gradient)(of, MixtureNoise(components, normals)).value
    weighted = value * torch.tensor(share[..., None] * cotangent)
    return [part.numpy() for part in torch.autograd.grad(weighted.sum(), leaves)]


def slope(problem, cotangent, direction):
    balls = ball_derivative(problem, formula_of("Softmax"), NoNoise(), direction)
    return float(np.sum(cotangent * answer(balls).value))


def along(gradients, direction):
    return [float(np.sum(a * b)) for a, b in zip(gradients, direction, strict=True)]


@pytest.mark.parametrize("n_samples", [1, 2])
@pytest.mark.parametrize("kind", ["plain", "masked", "causal", "batch"])
def test_mean_of_the_unbiased_gradient_is_that_of_softmax(kind, n_samples, rng):
    """With S draws alike: the gradient is an average over draws, so that its mean is that of one."""
    problem = problem_of(kind, rng)
    cotangent = rng.standard_normal((*problem.batch_shape, N, E))
    direction = Direction(*(rng.uniform(-1, 1, array.shape) for array in (problem.q, problem.k, problem.v)))
    ours = along(mean_gradients(problem, "unbiased", cotangent, n_samples), direction)
    assert abs(sum(ours) - slope(problem, cotangent, direction)) < CONVERGED * np.abs(cotangent).sum()


@pytest.mark.parametrize("kind", ["plain", "masked", "causal", "batch"])
def test_mean_of_the_pathwise_gradient_is_right_for_values_only(kind, rng):
    problem = problem_of(kind, rng)
    cotangent = rng.standard_normal((*problem.batch_shape, N, E))
    direction = Direction(*(rng.uniform(-1, 1, array.shape) for array in (problem.q, problem.k, problem.v)))
    gradients = mean_gradients(problem, "pathwise", cotangent, 1)
    still = [np.zeros(array.shape) for array in direction]
    of_values = slope(problem, cotangent, Direction(*still[:2], direction.v))
    assert abs(along(gradients, direction)[2] - of_values) < CONVERGED * np.abs(cotangent).sum()
    unbiased = mean_gradients(problem, "unbiased", cotangent, 1)
    for i in (0, 1):
        apart = np.abs(gradients[i] - unbiased[i]).max()
        assert apart > 1e3 * CONVERGED


def test_value_and_value_gradient_do_not_depend_on_the_choice(rng):
    problem = problem_of("masked", rng)
    leaves = [torch.tensor(array, requires_grad=True) for array in (problem.q, problem.k, problem.v)]
    of = Problem(*leaves, problem.scale, torch.tensor(problem.key_mask))
    noise = twins.RA(4).draw(of, torch.Generator().manual_seed(1), (3,))
    values = [twins.RA(4, gradient=gradient)(of, noise).value for gradient in ("pathwise", "unbiased")]
    assert torch.allclose(*values, rtol=0, atol=1e-15)
    cotangent = torch.tensor(rng.standard_normal(values[0].shape))
    gradients = [torch.autograd.grad((value * cotangent).sum(), leaves[2])[0] for value in values]
    assert torch.allclose(*gradients, rtol=0, atol=1e-14)
