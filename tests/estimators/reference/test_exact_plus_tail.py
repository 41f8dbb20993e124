"""Exact keys plus a sampled tail: its formula by loops, all sets enumerated, the law of the draw."""

import itertools
import math

import numpy as np
import pytest

from lara_estimators import GivenKeys, KeyNoise, NoNoise
from lara_estimators.reference import ExactPlusTail, Softmax

MASK = np.array([False, True, True, False, True, True, True])
GIVEN = GivenKeys(np.array([True, False, True, False, False, False, True]))


@pytest.fixture(params=[np.ones(7, bool), MASK], ids=["all keys", "masked"])
def mask(request):
    return request.param


def split(mask, exact, n_exact):
    keys = [m for m in range(7) if mask[m]]
    summed = keys[:n_exact] if exact == "first" else [m for m in keys if GIVEN.mask[m]]
    return summed, [m for m in keys if m not in summed]


EXACT = pytest.mark.parametrize("exact", ["first", GIVEN], ids=["first", "given"])


@EXACT
@pytest.mark.parametrize("scale", [None, 0.9])
def test_exact_plus_tail_is_its_definition(exact, scale, mask, make_problem, rng):
    problem = make_problem(3, 7, 2, 4, mask=mask, scale=scale)
    estimator = ExactPlusTail(2, 2, exact)
    noise = estimator.draw(problem, rng, (4,))
    estimate = estimator(problem, noise)
    summed, tail = split(mask, exact, 2)
    for r, n in np.ndindex(4, 3):
        kernel = [math.exp(problem.scale * (problem.q[n] @ problem.k[m])) for m in range(7)]
        factor = dict.fromkeys(summed, 1.0) | {int(m): len(tail) / 2 for m in noise.component[r]}
        total = math.fsum(factor[m] * kernel[m] for m in factor)
        value = sum(factor[m] * kernel[m] * problem.v[m] for m in factor) / total
        assert np.allclose(estimate.value[r, n], value, rtol=0, atol=1e-13)
        assert math.exp(estimate.log_normaliser[r, n]) == pytest.approx(total, rel=1e-13)
        assert np.exp(estimate.log_weights[r, n]).sum() == pytest.approx(1, rel=1e-13)


@EXACT
def test_normaliser_and_numerator_of_all_sets_are_unbiased(exact, mask, make_problem):
    """Exact: all sets of two tail keys are equally likely."""
    problem = make_problem(3, 7, 2, 4, mask=mask)
    _, tail = split(mask, exact, 2)
    noise = KeyNoise(np.array(list(itertools.combinations(tail, 2))))
    estimate = ExactPlusTail(2, 2, exact)(problem, noise)
    normaliser = np.exp(estimate.log_normaliser)
    target = Softmax()(problem, NoNoise())
    z = np.exp(target.log_normaliser)
    assert np.allclose(normaliser.mean(0), z, rtol=1e-13, atol=0)
    assert np.allclose((normaliser[..., None] * estimate.value).mean(0), z[:, None] * target.value, rtol=0, atol=1e-12)


@EXACT
def test_the_whole_tail_is_softmax_attention(exact, mask, make_problem, rng):
    problem = make_problem(3, 7, 2, 4, batch=(2,), mask=mask)
    n_tail = len(split(mask, exact, 2)[1])
    estimator = ExactPlusTail(n_tail, 2, exact)
    value = estimator(problem, estimator.draw(problem, rng, (3,))).value
    assert np.allclose(value, Softmax()(problem, NoNoise()).value, rtol=0, atol=1e-14)


@EXACT
def test_every_set_of_the_tail_is_equally_likely(exact, mask, make_problem, rng, frequencies):
    """Level and power by ``frequencies``; refused as wrong: a run of two neighbours, from anywhere."""
    problem = make_problem(1, 7, 2, 1, mask=mask)
    n_draws = 20_000
    drawn = ExactPlusTail(2, 2, exact).draw(problem, rng, (n_draws,)).component
    _, tail = split(mask, exact, 2)
    sets = np.array(list(itertools.combinations(tail, 2)))
    seen = np.mean((np.sort(drawn, axis=-1)[:, None] == sets).all(-1), axis=0)
    assert seen.sum() == pytest.approx(1, abs=1e-12)
    assert frequencies.fits(seen, 1 / len(sets), n_draws)
    neighbours = np.array([tail.index(second) - tail.index(first) == 1 for first, second in sets])
    assert frequencies.tells_apart(1 / len(sets), neighbours / (len(tail) - 1), n_draws)


def test_masks_of_batch_items_have_their_own_tails(make_problem, rng):
    masks = np.stack([np.ones(7, bool), MASK])
    problem = make_problem(2, 7, 2, 1, batch=(2,), mask=masks)
    estimator = ExactPlusTail(2, 3)
    noise = estimator.draw(problem, rng, (200,))
    assert set(noise.component[:, 0].ravel()) == {3, 4, 5, 6}
    assert set(noise.component[:, 1].ravel()) == {5, 6}
    value = estimator(problem, noise).value[:, 1]
    assert np.allclose(value, Softmax()(problem, NoNoise()).value[1], rtol=0, atol=1e-14)


def test_no_given_key_leaves_a_uniform_sample_of_all(make_problem, rng):
    problem = make_problem(2, 7, 2, 1)
    estimator = ExactPlusTail(7, exact=GivenKeys(np.zeros(7, bool)))
    noise = estimator.draw(problem, rng)
    assert sorted(noise.component) == list(range(7))


def test_exact_plus_tail_refuses_what_does_not_fit(make_problem, rng):
    problem = make_problem(2, 7, 2, 1, mask=MASK)
    with pytest.raises(ValueError, match="exact is 'last'; expected first or a GivenKeys"):
        ExactPlusTail(2, 2, "last")
    with pytest.raises(ValueError, match="n_exact is 0; expected at least 1"):
        ExactPlusTail(2, 0)
    with pytest.raises(ValueError, match="the exact keys leave no tail for some batch item"):
        ExactPlusTail(1, 5).draw(problem, rng)
    with pytest.raises(ValueError, match="n_samples is 3 but the tail of some batch item has 2 keys; expected"):
        ExactPlusTail(3, 3).draw(problem, rng)
    with pytest.raises(ValueError, match=r"noise.component repeats a key or leaves the tail"):
        ExactPlusTail(2, 2)(problem, KeyNoise(np.array([5, 5])))
    with pytest.raises(ValueError, match=r"noise.component repeats a key or leaves the tail"):
        ExactPlusTail(2, 2)(problem, KeyNoise(np.array([1, 5])))
    with pytest.raises(ValueError, match=r"runs from 5 to 7; expected 0\.\.6"):
        ExactPlusTail(2, 2)(problem, KeyNoise(np.array([5, 7])))
    with pytest.raises(ValueError, match=r"noise.component has shape \(1,\); expected \(\*replicates, 2\)"):
        ExactPlusTail(2, 2)(problem, KeyNoise(np.array([5])))
    with pytest.raises(ValueError, match=r"exact.mask has shape \(6,\); expected \(7,\)"):
        ExactPlusTail(2, exact=GivenKeys(np.ones(6, bool))).draw(problem, rng)
    with pytest.raises(ValueError, match=r"exact.mask has dtype float64; expected booleans"):
        ExactPlusTail(2, exact=GivenKeys(np.ones(7))).draw(problem, rng)
