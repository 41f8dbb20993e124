"""Formulas in balls: identities between them, how narrow they are, and what they refuse."""

import numpy as np
import pytest

from lara_estimators import (
    FeatureNoise,
    GivenKeys,
    GivenLandmarks,
    GivenSizes,
    InclusionNoise,
    KeyNoise,
    MixtureNoise,
    NoNoise,
    Problem,
    ProposalNoise,
)
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.balls import RELATIVE_RADIUS, ball_value, formula_of
from lara_verify.oracles.balls.digits import answer
from lara_verify.oracles.exact_softmax import exact_softmax

N, M, D, E = 3, 5, 2, 2
WEIGHTINGS = ["balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased"]


def problem_of(rng, mask=None):
    return Problem(rng.standard_normal((N, D)), rng.standard_normal((M, D)), rng.standard_normal((M, E)), None, mask)


def balls_of(problem, estimator, noise, **options):
    return ball_value(problem, formula_of(estimator, **options), noise)


def assert_same(one, other):
    """Balls of one number overlap; each is narrow, so that those of others do not."""
    assert one.shape == other.shape
    for a, b in zip(one.ravel(), other.ravel(), strict=True):
        assert a.overlaps(b)
        assert all(ball.rad() <= RELATIVE_RADIUS * ball.abs_lower() for ball in (a, b))


def test_other_numbers_are_not_the_same(rng):
    from flint import arb, ctx

    problem, normals = problem_of(rng), rng.standard_normal((4, D))
    exact, rfa = balls_of(problem, "Softmax", NoNoise()), balls_of(problem, "RFA", FeatureNoise(normals))
    with ctx.workprec(400):
        near = exact + exact * arb(2) ** -140
    for wrong in (rfa, 0 * exact, near, exact + exact * 2.0**-140):  # the last is a ball as wide as a float is coarse
        with pytest.raises(AssertionError):
            assert_same(wrong, exact)


def test_softmax_is_within_the_balls_of_the_other_oracle(rng):
    problem = problem_of(rng, np.array([True, False, True, True, True]))
    ours, other = answer(ball_value(problem, formula_of("Softmax"), NoNoise())), exact_softmax(problem)
    assert (np.abs(ours.value - other.value) <= ours.error + other.error).all()


def test_what_samples_every_key_is_softmax(rng):
    """Each key in a chunk of its own; each drawn once; all included; an exact set and the whole tail."""
    problem = problem_of(rng)
    exact = balls_of(problem, "Softmax", NoNoise())
    component = np.tile(np.arange(M)[:, None], (N, 1, 1))
    stratified = MixtureNoise(component, rng.standard_normal((N, M, 1, D)))
    assert_same(balls_of(problem, "StratifiedRA", stratified, n_chunks=M), exact)
    assert_same(balls_of(problem, "KeySampling", KeyNoise(np.arange(M))), exact)
    everything = InclusionNoise(np.ones((N, M), bool))
    for options in ({"n_samples": M}, {"n_samples": 1}, {"n_samples": 100, "size": GivenSizes(np.ones((1, M)))}):
        assert_same(balls_of(problem, "PoissonSampling", everything, **options), exact)
    assert_same(balls_of(problem, "ExactPlusTail", KeyNoise(np.array([4, 2, 3])), n_exact=2), exact)
    given = GivenKeys(np.array([False, True, False, True, True]))
    assert_same(balls_of(problem, "ExactPlusTail", KeyNoise(np.array([2, 0])), exact=given), exact)


@pytest.mark.parametrize("weighting", [name for name in WEIGHTINGS if name != "constant"])
def test_one_proposal_at_the_origin_is_rfa(weighting, rng):
    problem, normals = problem_of(rng), rng.standard_normal((4, D))
    given = GivenLandmarks(np.zeros((1, D)), np.zeros((1, D)))
    lara = balls_of(problem, "LARA", ProposalNoise(normals[None]), weighting=weighting, proposals=given)
    assert_same(lara, balls_of(problem, "RFA", FeatureNoise(normals)))


@pytest.mark.parametrize("size", [1.0, 30.0])
def test_balls_are_narrow_and_precision_is_left_as_it_was(size, rng):
    from flint import ctx

    before = ctx.prec
    problem = Problem(*(size * rng.standard_normal((n, D)) for n in (N, M)), rng.standard_normal((M, E)))
    balls = ball_value(problem, formula_of("LARA"), ProposalNoise(rng.standard_normal((1, 4, D))))
    assert ctx.prec == before
    for ball in balls.ravel():
        assert float(ball.rad()) <= RELATIVE_RADIUS * abs(float(ball.mid()))


def test_replicates_and_batch_are_items_of_their_own(rng):
    mask = np.array([[[True] * 4 + [False]], [[False, True, True, True, True]]])
    problem = Problem(rng.standard_normal((2, 3, N, D)), rng.standard_normal((2, 1, M, D)), np.eye(M), None, mask)
    normals = rng.standard_normal((4, 2, 3, 2, D))
    whole = answer(ball_value(problem, formula_of("RFA"), FeatureNoise(normals))).value
    one = Problem(problem.q[1, 2], problem.k[1, 0], problem.v, None, mask[1, 0])
    alone = answer(ball_value(one, formula_of("RFA"), FeatureNoise(normals[3, 1, 2]))).value
    assert whole.shape == (4, 2, 3, N, M)
    assert (whole[3, 1, 2] == alone).all()


class Unresolved:
    """A formula whose normaliser is exactly 0."""

    noise_axes = ()

    def rows(self, item):
        return [[entry / (item.x[0][0] - item.x[0][0]) for entry in item.v[0]]] * len(item.x)


def test_what_no_precision_resolves_is_refused(rng):
    with pytest.raises(OutsideDomainError, match="Unresolved is not resolved by 8192 bits"):
        ball_value(problem_of(rng), Unresolved(), NoNoise())


@pytest.mark.parametrize(
    ("estimator", "options", "message"),
    [
        ("Nadaraya", {}, "no formula in balls for 'Nadaraya'; expected one of Softmax"),
        ("RFA", {"proposal": "wide"}, "proposal is 'wide'"),
        ("LARA", {"weighting": "even"}, "weighting is 'even'"),
        ("LARA", {"proposals": "even"}, "proposals is 'even'"),
        ("LARA", {"weighting": "query", "proposals": GivenLandmarks(np.zeros((1, D)))}, "x_bar is missing"),
        ("KeySampling", {"proposal": "even"}, "proposal is 'even'"),
        ("PoissonSampling", {"size": "even"}, "size is 'even'"),
    ],
)
def test_unknown_names_are_refused(estimator, options, message, rng):
    noises = {
        "LARA": ProposalNoise(np.zeros((1, 1, D))),
        "KeySampling": KeyNoise(np.zeros(1, int)),
        "PoissonSampling": InclusionNoise(np.ones((N, M), bool)),
    }
    noise = noises.get(estimator, FeatureNoise(np.zeros((1, D))))
    with pytest.raises(ValueError, match=message):
        ball_value(problem_of(rng), formula_of(estimator, **options), noise)
