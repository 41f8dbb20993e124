"""Derivatives by dual balls: against differences of the balls themselves, extrapolated, and where none exists."""

from fractions import Fraction

import numpy as np
import pytest

from lara_estimators import FeatureNoise, InclusionNoise, KeyNoise, NoNoise, Problem, ProposalNoise
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.balls import Direction, ball_derivative, ball_value, formula_of
from lara_verify.oracles.balls.digits import digits
from lara_verify.oracles.balls.vector_cases import cases
from lara_verify.oracles.balls.vector_inputs import Source

SKIPPED = ("one-key-left", "key-offset-100")  # the derivative is 0, or the function changes within a step
CASES = [case for case in cases() if not case.name.endswith(SKIPPED)]
ESTIMATORS = sorted({case.estimator for case in CASES})
STEP = 2.0**-24


def fractions(balls):
    return np.array([Fraction(digits(ball).value) for ball in balls.ravel()])


def moved(problem, direction, step):
    """Exact in float64: entries are multiples of 2^-24 below 2^6, directions of 2^-4, steps powers of 2."""
    arrays = [a + step * b for a, b in zip((problem.q, problem.k, problem.v), direction, strict=True)]
    exact = zip(arrays, (problem.q, problem.k, problem.v), direction, strict=True)
    assert all((a - b == step * c).all() for a, b, c in exact)
    return Problem(*arrays, problem.scale, problem.key_mask, problem.causal)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_derivative_is_the_limit_of_differences(estimator):
    """Central differences at h and h/2 leave O(h^4): about 1e-28 of the fifth derivative, here below 1e-20."""
    for case in (case for case in CASES if case.estimator == estimator):
        source, problem = Source(case.name + "/direction"), case.problem
        direction = Direction(
            *(np.round(16 * source.normals(*a.shape)) / 16 for a in (problem.q, problem.k, problem.v))
        )
        formula = formula_of(case.estimator, **case.options)
        ours = fractions(ball_derivative(problem, formula, case.noise, direction))
        at = lambda step: fractions(ball_value(moved(problem, direction, step), formula, case.noise))  # noqa: B023, E731
        coarse, fine = ((at(h) - at(-h)) / Fraction(2 * h) for h in (STEP, STEP / 2))
        size = max(max(abs(ours)), Fraction(1))
        assert max(abs(ours - (4 * fine - coarse) / 3)) <= Fraction(1e-20) * size, case.name


def test_what_does_not_move_the_output_has_derivative_zero(rng):
    """Other queries (but for landmarks and the optimal proposals), masked keys and their values."""
    problem = Problem(*rng.standard_normal((3, 4, 2)), None, np.array([True, False, True, True]))
    still = np.zeros((4, 2))
    masked = still.copy()
    masked[1] = 1.0
    noise = FeatureNoise(rng.standard_normal((3, 2)))
    for direction in (Direction(still, masked, still), Direction(still, still, masked)):
        for proposal in ("standard", "isotropic"):
            balls = ball_derivative(problem, formula_of("RFA", proposal=proposal), noise, direction)
            assert all(ball.is_zero() for ball in balls.ravel())
    balls = ball_derivative(problem, formula_of("RFA"), noise, Direction(masked, still, still))
    assert [any(not ball.is_zero() for ball in row) for row in balls] == [False, True, False, False]


def test_clamped_weights_have_the_slope_of_the_larger_branch(rng):
    """With a floor above every weight alpha is constant, as `uniform` has it; with one below all, alpha is `query`."""
    problem, noise = Problem(*rng.standard_normal((3, 4, 2))), ProposalNoise(rng.standard_normal((2, 1, 2)))
    direction = Direction(*rng.standard_normal((3, 4, 2)))
    of = lambda **options: fractions(  # noqa: E731
        ball_derivative(problem, formula_of("LARA", n_proposals=2, **options), noise, direction)
    )
    above = of(weighting="query-clamped", floor=1e3) - of(weighting="uniform")
    below = of(weighting="query-clamped", beta=0.5, floor=-1e3) - of(weighting="query", beta=0.5)
    assert max(abs(above)) < 1e-40
    assert max(abs(below)) < 1e-40


def test_no_derivative_at_a_kink(rng):
    q, k = rng.standard_normal((2, 4, 2))
    towards = Direction(*rng.standard_normal((3, 4, 2)))
    v = np.zeros((4, 2))
    v[0] = 1.0  # the norm of the other values is at its kink
    formula = formula_of("KeySampling", proposal="value-norm")
    with pytest.raises(OutsideDomainError, match="KeySamplingFormula is not resolved"):
        ball_derivative(Problem(q, k, v), formula, KeyNoise(np.array([0, 1])), towards)
    parallel = Problem(q, 2 * q, rng.standard_normal((4, 2)))  # an angle of 0
    formula = formula_of("PoissonSampling", size="collision")
    with pytest.raises(OutsideDomainError, match="PoissonSamplingFormula is not resolved"):
        ball_derivative(parallel, formula, InclusionNoise(np.ones((4, 4), bool)), towards)


def test_softmax_slope_is_the_covariance(rng):
    """``dA = Cov_pi(v, x . y)' ``: along values it is A of the direction; along one query, the covariance."""
    problem = Problem(*rng.standard_normal((3, 4, 2)), 1.0)
    still, along = np.zeros((4, 2)), rng.standard_normal((4, 2))
    value = lambda of: fractions(ball_value(of, formula_of("Softmax"), NoNoise()))  # noqa: E731
    slope = lambda *to: fractions(ball_derivative(problem, formula_of("Softmax"), NoNoise(), Direction(*to)))  # noqa: E731
    assert max(abs(slope(still, still, along) - value(Problem(problem.q, problem.k, along, 1.0)))) < 1e-40
    logits = problem.q @ problem.k.T
    pi = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    moved_logits = along @ problem.k.T
    covariance = (pi * moved_logits) @ problem.v - (pi * moved_logits).sum(-1, keepdims=True) * (pi @ problem.v)
    assert np.allclose(slope(along, still, still).astype(float), covariance.ravel(), rtol=1e-12, atol=1e-13)
