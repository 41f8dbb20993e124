"""Exact symmetries on fixed noise, limits, hull and masks; tolerances are the derived rounding bounds."""

import numpy as np
import pytest

from lara_estimators import (
    GivenKeys,
    GivenProbabilities,
    GivenSizes,
    InclusionNoise,
    IndexNoise,
    KeyNoise,
    MixtureNoise,
    NoNoise,
    Problem,
)
from lara_estimators.reference import (
    LARA,
    RA,
    RFA,
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
from lara_verify.oracles.rounding import rounding_bound

DRAWING = [RFA(4), RA(4), Index(4)]
ALL = [Softmax(), MeanValue(), *DRAWING]
KEYS = [KeySampling(4), PoissonSampling(2)]
BY_VALUE, BY_ANGLE = KeySampling(4, "value-norm"), PoissonSampling(2, "collision")
TAIL = ExactPlusTail(2, 1)
STRATIFIED = StratifiedRA(4, 2)
IN_HULL = [*ALL, STRATIFIED, *KEYS, BY_VALUE, BY_ANGLE, TAIL]
LEAVING = [Importance(4), TrigonometricRFA(4)]
LARAS = [LARA(6, 2), LARA(6, 2, "uniform"), LARA(6, 2, "query"), LARA(6, 2, "query-clamped")]


def by_name(estimator):
    return estimator.name


def assert_same(one, other, problem, changed, estimator, noise, changed_noise):
    bound = rounding_bound(problem, estimator, noise, "float64")
    bound = bound + rounding_bound(changed, estimator, changed_noise, "float64")
    assert (abs(one - other) <= bound).all()


def of_moved_keys(noise, order):
    """The noise that goes with keys ``[order]``: drawn indices renamed, inclusions moved along."""
    if isinstance(noise, InclusionNoise):
        return InclusionNoise(noise.included[..., order])
    return noise._replace(component=np.argsort(order)[noise.component]) if hasattr(noise, "component") else noise


def of_moved_queries(noise, order):
    """The noise, one replicate axis, that goes with queries ``[order]``; draws shared by all queries stay."""
    per_query = isinstance(noise, MixtureNoise | IndexNoise | InclusionNoise)
    return type(noise)(*(array[:, order] for array in noise)) if per_query else noise


def of_kept_keys(noise, mask):
    """The noise that goes with the keys ``[mask]`` alone."""
    if isinstance(noise, InclusionNoise):
        return InclusionNoise(noise.included[..., mask])
    return noise._replace(component=(np.cumsum(mask) - 1)[noise.component]) if hasattr(noise, "component") else noise


@pytest.mark.parametrize("estimator", [Softmax(), RA(4), STRATIFIED, *KEYS, BY_VALUE, TAIL, *LARAS], ids=by_name)
def test_a_common_shift_of_keys_changes_nothing(estimator, make_problem, rng):
    problem = make_problem()
    shifted = Problem(problem.q, problem.k + 64.0, problem.v, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    one, other = estimator(problem, noise).value, estimator(shifted, noise).value
    assert_same(one, other, problem, shifted, estimator, noise, noise)


@pytest.mark.parametrize("estimator", [RFA(4), TrigonometricRFA(4), Importance(4)], ids=by_name)
def test_a_common_shift_of_keys_changes_shared_features(estimator, make_problem, rng):
    problem = make_problem()
    shifted = Problem(problem.q, problem.k + 1.0, problem.v, problem.scale)
    noise = estimator.draw(problem, rng)
    assert abs(estimator(problem, noise).value - estimator(shifted, noise).value).max() > 1e-3


def test_a_common_shift_of_keys_changes_their_angles(make_problem):
    problem = make_problem()
    shifted = Problem(problem.q, problem.k + 1.0, problem.v, problem.scale)
    noise = InclusionNoise(np.ones((3, 5), bool))
    assert abs(BY_ANGLE(problem, noise).value - BY_ANGLE(shifted, noise).value).max() > 1e-3


@pytest.mark.parametrize("estimator", [*ALL, *KEYS, BY_VALUE, BY_ANGLE, *LEAVING], ids=by_name)
def test_permuting_keys_with_values(estimator, make_problem, rng):
    problem = make_problem(mask=np.array([True, False, True, True, True]))
    order = np.array([3, 0, 4, 1, 2])
    permuted = Problem(problem.q, problem.k[order], problem.v[order], problem.scale, problem.key_mask[order])
    noise = estimator.draw(problem, rng, (3,))
    moved = of_moved_keys(noise, order)
    one, other = estimator(problem, noise).value, estimator(permuted, moved).value
    assert_same(one, other, problem, permuted, estimator, noise, moved)


def test_permuting_keys_with_what_is_given_of_them(make_problem, rng):
    """The two writings differ by the order of sums of five terms: 1e-14 of values of size 3."""
    problem = make_problem()
    order = np.array([3, 0, 4, 1, 2])
    permuted = Problem(problem.q, problem.k[order], problem.v[order], problem.scale)
    given = np.array([1.0, 5.0, 2.0, 0.5, 3.0])
    pairs = [
        (KeySampling(4, GivenProbabilities(given)), KeySampling(4, GivenProbabilities(given[order]))),
        (PoissonSampling(2, GivenSizes(given[None])), PoissonSampling(2, GivenSizes(given[None, order]))),
        (ExactPlusTail(2, exact=GivenKeys(given > 1)), ExactPlusTail(2, exact=GivenKeys(given[order] > 1))),
    ]
    for estimator, moved in pairs[:2]:
        noise = estimator.draw(problem, rng, (3,))
        one, other = estimator(problem, noise).value, moved(permuted, of_moved_keys(noise, order)).value
        assert np.allclose(one, other, rtol=0, atol=1e-14)
    estimator, moved = pairs[2]
    noise = KeyNoise(np.array([[0, 3]]))
    one, other = estimator(problem, noise).value, moved(permuted, of_moved_keys(noise, order)).value
    assert np.allclose(one, other, rtol=0, atol=1e-14)


def test_permuting_keys_within_their_chunk(make_problem, rng):
    problem = make_problem()
    order = np.array([2, 0, 1, 4, 3])
    permuted = Problem(problem.q, problem.k[order], problem.v[order], problem.scale)
    noise = STRATIFIED.draw(problem, rng, (3,))
    moved = of_moved_keys(noise, order)
    one, other = STRATIFIED(problem, noise).value, STRATIFIED(permuted, moved).value
    assert_same(one, other, problem, permuted, STRATIFIED, noise, moved)


@pytest.mark.parametrize("estimator", [*IN_HULL, *LEAVING], ids=by_name)
def test_permuting_queries(estimator, make_problem, rng):
    problem = make_problem()
    order = np.array([2, 0, 1])
    permuted = Problem(problem.q[order], problem.k, problem.v, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    moved = of_moved_queries(noise, order)
    one, other = estimator(problem, noise).value[:, order], estimator(permuted, moved).value
    bound = np.broadcast_to(rounding_bound(problem, estimator, noise, "float64"), one.shape)[:, order]
    assert (abs(one - other) <= 2 * bound).all()


AFFINE = [*ALL, STRATIFIED, *KEYS, BY_ANGLE, TAIL, TrigonometricRFA(4), *LARAS]


@pytest.mark.parametrize("estimator", AFFINE, ids=by_name)
def test_affine_maps_of_values(estimator, make_problem, rng):
    problem = make_problem()
    mapped = Problem(problem.q, problem.k, -3.0 * problem.v + 2.0, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    expected = -3.0 * estimator(problem, noise).value + 2.0
    bound = 3 * rounding_bound(problem, estimator, noise, "float64")
    bound = bound + rounding_bound(mapped, estimator, noise, "float64")
    assert (abs(estimator(mapped, noise).value - expected) <= bound + 1e-15 * abs(expected)).all()


def test_a_law_by_norms_of_values_follows_their_rotations_and_no_shift(make_problem, rng):
    problem = make_problem(value_dim=2)
    turn = -3.0 * np.array([[0.6, -0.8], [0.8, 0.6]])
    turned = Problem(problem.q, problem.k, problem.v @ turn.T, problem.scale)
    noise = BY_VALUE.draw(problem, rng, (3,))
    value = BY_VALUE(problem, noise).value
    assert np.allclose(BY_VALUE(turned, noise).value, value @ turn.T, rtol=0, atol=1e-13)
    shifted = Problem(problem.q, problem.k, problem.v + 2.0, problem.scale)
    every = KeyNoise(np.array([0, 1, 2, 3]))
    assert abs(BY_VALUE(shifted, every).value - BY_VALUE(problem, every).value - 2.0).max() > 1e-3


@pytest.mark.parametrize(
    "estimator", [MeanValue(), RFA(4), RA(4), STRATIFIED, TrigonometricRFA(4), *LARAS], ids=by_name
)
def test_keys_at_zero_give_softmax(estimator, make_problem, rng):
    problem = make_problem(size=5.0)
    problem = Problem(problem.q, 0.0 * problem.k, problem.v, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    exact = Softmax()(problem, NoNoise()).value
    bound = rounding_bound(problem, estimator, noise, "float64")
    assert (abs(estimator(problem, noise).value - exact) <= bound + 1e-14).all()


@pytest.mark.parametrize(
    "estimator", [*IN_HULL, LARA(6, 3), LARA(6, 3, "uniform"), LARA(6, 3, "query-clamped")], ids=by_name
)
def test_outputs_stay_in_the_hull(estimator, make_problem, rng):
    problem = make_problem(6, 9, 3, size=3.0)
    noise = estimator.draw(problem, rng, (50,))
    value = estimator(problem, noise).value
    slack = rounding_bound(problem, estimator, noise, "float64")
    assert (value >= problem.v.min(0) - slack).all()
    assert (value <= problem.v.max(0) + slack).all()


@pytest.mark.parametrize("estimator", [*ALL, *KEYS, BY_VALUE, BY_ANGLE, TAIL, Importance(4)], ids=by_name)
def test_masked_keys_are_as_if_absent(estimator, make_problem, rng):
    mask = np.array([False, True, True, False, True])
    problem = make_problem(mask=mask)
    absent = Problem(problem.q, problem.k[mask], problem.v[mask], problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    moved = of_kept_keys(noise, mask)
    one, other = estimator(problem, noise), estimator(absent, moved)
    assert_same(one.value, other.value, problem, absent, estimator, noise, moved)
    if one.log_normaliser is not None:
        assert np.allclose(one.log_normaliser, other.log_normaliser, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("estimator", [*IN_HULL, *LEAVING, *LARAS], ids=by_name)
@pytest.mark.parametrize("huge", [1e300, -1e300])
def test_masked_huge_numbers_do_not_leak(estimator, huge, make_problem):
    mask = np.array([False, True, True, False, True])
    problem = make_problem(mask=mask)
    k, v = problem.k.copy(), problem.v.copy()
    k[~mask], v[~mask] = huge, huge
    poisoned = Problem(problem.q, k, v, problem.scale, mask)
    draws = [estimator.draw(p, np.random.Generator(np.random.SFC64(3)), (4,)) for p in (problem, poisoned)]
    assert all(np.array_equal(a, b) for a, b in zip(*draws, strict=True))
    assert (estimator(problem, draws[0]).value == estimator(poisoned, draws[0]).value).all()


@pytest.mark.parametrize("estimator", [*IN_HULL, *LEAVING, *LARAS], ids=by_name)
def test_large_logits_and_offsets_stay_finite(estimator, make_problem, rng):
    problem = make_problem(4, 6, 3)
    stretch = np.sqrt(30 / abs(problem.scale * problem.q @ problem.k.T).max())
    extreme = Problem(stretch * problem.q, stretch * problem.k + 100.0, problem.v, problem.scale)
    estimate = estimator(extreme, estimator.draw(extreme, rng, (20,)))
    assert np.isfinite(estimate.value).all()
    for part in estimate[1:]:  # minus infinity: a key that was not drawn, a set without keys
        assert part is None or (np.isfinite(part) | (part.real == -np.inf)).all()


@pytest.mark.parametrize("estimator", [*IN_HULL, *LEAVING, *LARAS], ids=by_name)
def test_inputs_are_left_intact(estimator, make_problem, rng):
    problem = make_problem(mask=np.array([True, True, False, True, True]))
    noise = estimator.draw(problem, rng, (2,))
    held = [array for array in (problem.q, problem.k, problem.v, problem.key_mask, *noise) if hasattr(array, "shape")]
    for array in held:
        array.flags.writeable = False
    before = [array.copy() for array in held]
    estimator(problem, noise)  # writing into a read-only array would raise
    assert all(np.array_equal(array, was) for array, was in zip(held, before, strict=True))


@pytest.mark.parametrize("estimator", [*IN_HULL, *LEAVING, *LARAS], ids=by_name)
def test_float32_problems_are_computed_in_float64(estimator, make_problem, rng):
    problem = make_problem()
    single = Problem(*(array.astype(np.float32) for array in (problem.q, problem.k, problem.v)), problem.scale)
    noise = estimator.draw(problem, rng)
    assert (estimator(single, noise).value == estimator(problem, noise).value).all()
