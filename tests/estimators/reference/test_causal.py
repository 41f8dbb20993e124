"""Causal references: every row is the plain estimator on the keys up to it, and nothing after n reaches row n."""

import numpy as np
import pytest

from lara_estimators import NoNoise, Problem
from lara_estimators.reference import (
    LARA,
    RA,
    ExactPlusTail,
    Importance,
    Index,
    KeySampling,
    MeanValue,
    PoissonSampling,
    Softmax,
    StratifiedRA,
    TrigonometricRFA,
)

POSITIVE = [Softmax(), RA(3), Index(3), Importance(3)]
CAUSAL = [*POSITIVE, TrigonometricRFA(3)]
N = 5


def by_name(estimator):
    return estimator.name


@pytest.fixture(params=[None, np.array([True, False, True, True, False])], ids=["all keys", "masked"])
def problem(request, make_problem):
    plain = make_problem(N, N, 3, 2, batch=(2,), key_batch=(3, 1), scale=0.7)
    return Problem(plain.q, plain.k, plain.v, plain.scale, request.param, causal=True)


def up_to(problem, n):
    mask = None if problem.key_mask is None else problem.key_mask[: n + 1]
    q, k, v = problem.q[..., n : n + 1, :], problem.k[..., : n + 1, :], problem.v[..., : n + 1, :]
    return Problem(q, k, v, problem.scale, mask)


def noise_of_query(noise, n):
    if isinstance(noise, NoNoise) or not hasattr(noise, "component"):
        return noise
    cut = {"component": noise.component[..., n : n + 1, :]}
    if hasattr(noise, "normals"):
        cut["normals"] = noise.normals[..., n : n + 1, :, :]
    return type(noise)(**cut)


def test_a_causal_row_of_trigonometric_rfa_is_the_plain_one_on_the_keys_up_to_it(problem, rng, cancelling):
    estimator = TrigonometricRFA(3)
    noise = estimator.draw(problem, rng, (4,))
    whole = estimator(problem, noise)
    for n in range(N):
        row = whole._replace(value=whole.value[..., n : n + 1, :], log_normaliser=whole.log_normaliser[..., n : n + 1])
        assert cancelling(up_to(problem, n)).same(row, estimator(up_to(problem, n), noise))


@pytest.mark.parametrize("estimator", POSITIVE, ids=by_name)
def test_a_causal_row_is_the_plain_estimator_on_the_keys_up_to_it(estimator, problem, rng):
    """Same formula, same noise; sums of five terms in another order: tolerance 1e-13 of the largest number."""
    noise = estimator.draw(problem, rng, (4,))
    whole = estimator(problem, noise)
    for n in range(N):
        row = estimator(up_to(problem, n), noise_of_query(noise, n))
        for part, alone, axis in zip(whole, row, (-2, -1, -2), strict=True):
            if alone is None:
                assert part is None
                continue
            of_n = np.take(part, [n], axis=axis)
            assert of_n.shape == alone.shape
            assert np.allclose(of_n, alone, rtol=0, atol=1e-13 * (1 + abs(alone).max()))


@pytest.mark.parametrize("estimator", CAUSAL, ids=by_name)
@pytest.mark.parametrize("n", [0, 2, 3])
def test_later_keys_and_values_leave_earlier_rows_unchanged_to_the_bit(estimator, n, problem):
    k, v = problem.k.copy(), problem.v.copy()
    k[..., n + 1 :, :] = 100.0 - 30 * k[..., n + 1 :, :]
    v[..., n + 1 :, :] = 1e300
    changed = Problem(problem.q, k, v, problem.scale, problem.key_mask, causal=True)
    noises = [estimator.draw(p, np.random.Generator(np.random.SFC64(7)), (3,)) for p in (problem, changed)]
    before, after = (estimator(p, noise) for p, noise in zip((problem, changed), noises, strict=True))
    rows = slice(None, n + 1)
    if hasattr(noises[0], "component"):
        assert np.array_equal(noises[0].component[..., rows, :], noises[1].component[..., rows, :])
    assert np.array_equal(before.value[..., rows, :], after.value[..., rows, :])
    if before.log_normaliser is not None:
        assert np.array_equal(before.log_normaliser[..., rows], after.log_normaliser[..., rows])


@pytest.mark.parametrize("estimator", [RA(40), Index(40)], ids=by_name)
def test_drawn_keys_are_visible_ones(estimator, problem, rng):
    component = estimator.draw(problem, rng, (10,)).component
    assert (component <= np.arange(N)[:, None]).all()
    assert problem.key_mask is None or problem.key_mask[component].all()


@pytest.mark.parametrize(
    "estimator",
    [LARA(2, 2), MeanValue(), StratifiedRA(2, 2), KeySampling(2), PoissonSampling(2), ExactPlusTail(1)],
    ids=by_name,
)
def test_no_causal_form_is_refused_with_its_reason(estimator, make_problem, rng):
    plain = make_problem(N, N)
    causal = Problem(plain.q, plain.k, plain.v, causal=True)
    noise = estimator.draw(plain, rng)
    name = estimator.name.replace("[", r"\[").replace("]", r"\]")
    with pytest.raises(ValueError, match=rf"^{name} has no causal form: \w+"):
        estimator.draw(causal, rng)
    with pytest.raises(ValueError, match=rf"^{name} has no causal form: \w+"):
        estimator(causal, noise)
