"""Key sampling: its formula by loops, its laws, its unbiased normaliser by enumeration."""

import math

import numpy as np
import pytest

from lara_estimators import GivenProbabilities, KeyNoise, NoNoise, Problem
from lara_estimators.reference import KeySampling, Softmax

MASK = np.array([True, False, True, True, False])
GIVEN = GivenProbabilities(np.array([0.5, 3.0, 1.0, 2.0, 0.1]))
PROPOSALS = ["uniform", "value-norm", GIVEN]


def name(proposal):
    return proposal if isinstance(proposal, str) else "given"


def law(proposal, v, mask):
    """q by its definition, for one batch item."""
    norms = np.array([math.sqrt(math.fsum(row**2)) for row in v])
    weights = {"uniform": np.ones(len(v)), "value-norm": norms + norms[mask].mean()}.get(
        name(proposal), GIVEN.probabilities
    )
    return np.where(mask, weights, 0) / weights[mask].sum()


@pytest.fixture(params=[np.ones(5, bool), MASK], ids=["all keys", "masked"])
def mask(request):
    return request.param


@pytest.mark.parametrize("proposal", PROPOSALS, ids=name)
@pytest.mark.parametrize("scale", [None, 0.9])
def test_key_sampling_is_its_definition(proposal, scale, mask, make_problem, rng):
    problem = make_problem(3, 5, 2, 4, mask=mask, scale=scale)
    estimator = KeySampling(6, proposal)
    noise = estimator.draw(problem, rng, (2,))
    estimate = estimator(problem, noise)
    q = law(proposal, problem.v, mask)
    for r, drawn in enumerate(noise.component):
        for n, query in enumerate(problem.q):
            weights = [math.exp(problem.scale * (query @ problem.k[m])) / q[m] for m in drawn]
            total = math.fsum(weights)
            assert np.allclose(estimate.value[r, n], weights @ problem.v[drawn] / total, rtol=0, atol=1e-14)
            assert math.exp(estimate.log_normaliser[r, n]) == pytest.approx(total / 6, rel=1e-13)
            assert np.allclose(np.exp(estimate.log_weights[r, n]), np.array(weights) / total, rtol=1e-13, atol=0)


@pytest.mark.parametrize("proposal", PROPOSALS, ids=name)
def test_key_normaliser_and_numerator_are_unbiased(proposal, mask, make_problem):
    """Exact: every key that can be drawn, weighted by its probability."""
    problem = make_problem(3, 5, 2, 4, mask=mask)
    keys = np.flatnonzero(mask)
    estimate = KeySampling(1, proposal)(problem, KeyNoise(keys[:, None]))
    q = law(proposal, problem.v, mask)[keys]
    normaliser = np.exp(estimate.log_normaliser)
    exact = Softmax()(problem, NoNoise())
    z = np.exp(exact.log_normaliser)
    assert np.allclose(q @ normaliser, z, rtol=1e-13, atol=0)
    numerator = np.tensordot(q, normaliser[..., None] * estimate.value, axes=1)
    assert np.allclose(numerator, z[:, None] * exact.value, rtol=1e-12, atol=1e-12)


def test_every_key_drawn_once_is_softmax_attention(make_problem):
    problem = make_problem(3, 5, 2, 4, batch=(2,))
    noise = KeyNoise(np.broadcast_to(np.arange(5), (2, 5)))
    value = KeySampling(5)(problem, noise).value
    assert np.allclose(value, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-14)


@pytest.mark.parametrize("proposal", PROPOSALS, ids=name)
def test_keys_are_drawn_by_their_law(proposal, mask, make_problem, rng, frequencies):
    """Level and power by ``frequencies``; refused as wrong: a law that is not one of the three, the squares of q."""
    problem = make_problem(1, 5, 2, 4, mask=mask)
    n_draws = 40_000
    component = KeySampling(n_draws, proposal).draw(problem, rng).component
    q = law(proposal, problem.v, mask)
    assert frequencies.fits(np.mean(component[:, None] == np.arange(5), axis=0), q, n_draws)
    if proposal != "uniform":
        assert frequencies.tells_apart(q, q**2 / (q**2).sum(), n_draws)
        assert frequencies.tells_apart(q, law("uniform", problem.v, mask), n_draws)
    else:
        assert frequencies.tells_apart(q, law("value-norm", problem.v, mask), n_draws)


def test_each_batch_item_and_replicate_draws_its_own(make_problem, rng):
    problem = make_problem(2, 50, 2, 1, batch=(3,))
    component = KeySampling(30).draw(problem, rng, (4,)).component
    assert component.shape == (4, 3, 30)
    assert len(np.unique(component.reshape(12, 30), axis=0)) == 12


def test_values_all_zero_are_drawn_uniformly_and_one_zero_value_still_is_drawn(make_problem):
    problem = make_problem(1, 5, 2, 2)
    zero = Problem(problem.q, problem.k, 0 * problem.v)
    estimates = [KeySampling(2, proposal)(zero, KeyNoise(np.array([0, 3]))) for proposal in ("uniform", "value-norm")]
    assert np.array_equal(estimates[0].log_normaliser, estimates[1].log_normaliser)
    v = problem.v.copy()
    v[2] = 0
    equal_logits = Problem(0 * problem.q, problem.k, v)  # of one draw the normaliser is then 1 / q
    one_over_q = np.exp(KeySampling(1, "value-norm")(equal_logits, KeyNoise(np.array([2]))).log_normaliser)
    assert 1 / one_over_q.item() == pytest.approx(
        0.1, rel=1e-12
    )  # the mean norm over twice the sum of all norms: 1 / (2 M)


def test_given_probabilities_broadcast_over_batches(make_problem, rng):
    problem = make_problem(2, 5, 2, 1, batch=(3,))
    rows = np.broadcast_to(GIVEN.probabilities, (3, 5))
    noise = KeySampling(4, GIVEN).draw(problem, rng)
    one, other = (KeySampling(4, given)(problem, noise) for given in (GIVEN, GivenProbabilities(7 * rows)))
    assert np.allclose(one.value, other.value, rtol=0, atol=1e-15)


def test_key_sampling_refuses_what_does_not_fit(make_problem, rng):
    problem = make_problem(2, 5, 2, 1, mask=MASK)
    with pytest.raises(ValueError, match="proposal is 'norm'; expected uniform, value-norm or a GivenProbabilities"):
        KeySampling(2, "norm")
    with pytest.raises(ValueError, match=r"proposal.probabilities has shape \(4,\); expected \(5,?\)"):
        KeySampling(2, GivenProbabilities(np.ones(4))).draw(problem, rng)
    with pytest.raises(ValueError, match="not positive on every key that takes part"):
        KeySampling(2, GivenProbabilities(np.array([1.0, 1.0, 0.0, 1.0, 1.0]))).draw(problem, rng)
    with pytest.raises(ValueError, match=r"noise.component holds masked keys"):
        KeySampling(2)(problem, KeyNoise(np.array([0, 1])))
    with pytest.raises(ValueError, match=r"runs from 0 to 5; expected 0\.\.4"):
        KeySampling(2)(problem, KeyNoise(np.array([0, 5])))
    with pytest.raises(ValueError, match=r"noise.component has shape \(3,\); expected \(\*replicates, 2\)"):
        KeySampling(2)(problem, KeyNoise(np.array([0, 2, 2])))


def test_a_masked_key_may_have_the_probability_zero(make_problem, rng):
    problem = make_problem(2, 5, 2, 1, mask=MASK)
    given = GivenProbabilities(np.where(MASK, 1.0, 0.0))
    noise = KeySampling(4, given).draw(problem, rng)
    assert (KeySampling(4, given)(problem, noise).value == KeySampling(4)(problem, noise).value).all()
