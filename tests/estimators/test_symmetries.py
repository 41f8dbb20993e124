"""Exact symmetries on fixed noise, limits, hull and masks; tolerances are the derived rounding bounds."""

import numpy as np
import pytest

from lara_estimators import NoNoise, Problem
from lara_estimators.reference import LARA, RA, RFA, Importance, Index, MeanValue, Softmax
from lara_verify.oracles.rounding import rounding_bound

DRAWING = [RFA(4), RA(4), Index(4)]
ALL = [Softmax(), MeanValue(), *DRAWING]
LARAS = [LARA(6, 2), LARA(6, 2, "uniform"), LARA(6, 2, "query"), LARA(6, 2, "query-clamped")]


def by_name(estimator):
    return estimator.name


def assert_same(one, other, problem, changed, estimator, noise, changed_noise):
    bound = rounding_bound(problem, estimator.name, noise, "float64")
    bound = bound + rounding_bound(changed, estimator.name, changed_noise, "float64")
    assert (abs(one - other) <= bound).all()


@pytest.mark.parametrize("estimator", [Softmax(), RA(4), *LARAS], ids=by_name)
def test_a_common_shift_of_keys_changes_nothing(estimator, make_problem, rng):
    problem = make_problem()
    shifted = Problem(problem.q, problem.k + 64.0, problem.v, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    one, other = estimator(problem, noise).value, estimator(shifted, noise).value
    assert_same(one, other, problem, shifted, estimator, noise, noise)


def test_a_common_shift_of_keys_changes_rfa(make_problem, rng):
    problem = make_problem()
    shifted = Problem(problem.q, problem.k + 1.0, problem.v, problem.scale)
    noise = RFA(4).draw(problem, rng)
    assert abs(RFA(4)(problem, noise).value - RFA(4)(shifted, noise).value).max() > 1e-3


@pytest.mark.parametrize("estimator", [*ALL, Importance(4)], ids=by_name)
def test_permuting_keys_with_values(estimator, make_problem, rng):
    problem = make_problem(mask=np.array([True, False, True, True, True]))
    order = np.array([3, 0, 4, 1, 2])
    permuted = Problem(problem.q, problem.k[order], problem.v[order], problem.scale, problem.key_mask[order])
    noise = estimator.draw(problem, rng, (3,))
    moved = noise._replace(component=np.argsort(order)[noise.component]) if hasattr(noise, "component") else noise
    one, other = estimator(problem, noise).value, estimator(permuted, moved).value
    assert_same(one, other, problem, permuted, estimator, noise, moved)


@pytest.mark.parametrize("estimator", [*ALL, Importance(4)], ids=by_name)
def test_permuting_queries(estimator, make_problem, rng):
    problem = make_problem()
    order = np.array([2, 0, 1])
    permuted = Problem(problem.q[order], problem.k, problem.v, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    per_query = hasattr(noise, "component")
    moved = type(noise)(*(array[:, order] for array in noise)) if per_query else noise
    one, other = estimator(problem, noise).value[:, order], estimator(permuted, moved).value
    assert np.allclose(one, other, rtol=0, atol=1e-13)


@pytest.mark.parametrize("estimator", [*ALL, *LARAS], ids=by_name)
def test_affine_maps_of_values(estimator, make_problem, rng):
    problem = make_problem()
    mapped = Problem(problem.q, problem.k, -3.0 * problem.v + 2.0, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    expected = -3.0 * estimator(problem, noise).value + 2.0
    bound = 3 * rounding_bound(problem, estimator.name, noise, "float64")
    bound = bound + rounding_bound(mapped, estimator.name, noise, "float64")
    assert (abs(estimator(mapped, noise).value - expected) <= bound + 1e-15 * abs(expected)).all()


@pytest.mark.parametrize("estimator", [MeanValue(), RFA(4), RA(4), *LARAS], ids=by_name)
def test_keys_at_zero_give_softmax(estimator, make_problem, rng):
    problem = make_problem(size=5.0)
    problem = Problem(problem.q, 0.0 * problem.k, problem.v, problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    exact = Softmax()(problem, NoNoise()).value
    bound = rounding_bound(problem, estimator.name, noise, "float64")
    assert (abs(estimator(problem, noise).value - exact) <= bound + 1e-14).all()


@pytest.mark.parametrize(
    "estimator", [*ALL, LARA(6, 3), LARA(6, 3, "uniform"), LARA(6, 3, "query-clamped")], ids=by_name
)
def test_outputs_stay_in_the_hull(estimator, make_problem, rng):
    problem = make_problem(6, 9, 3, size=3.0)
    noise = estimator.draw(problem, rng, (50,))
    value = estimator(problem, noise).value
    slack = rounding_bound(problem, estimator.name, noise, "float64")
    assert (value >= problem.v.min(0) - slack).all()
    assert (value <= problem.v.max(0) + slack).all()


@pytest.mark.parametrize("estimator", [*ALL, Importance(4)], ids=by_name)
def test_masked_keys_are_as_if_absent(estimator, make_problem, rng):
    mask = np.array([False, True, True, False, True])
    problem = make_problem(mask=mask)
    absent = Problem(problem.q, problem.k[mask], problem.v[mask], problem.scale)
    noise = estimator.draw(problem, rng, (3,))
    moved = noise._replace(component=(np.cumsum(mask) - 1)[noise.component]) if hasattr(noise, "component") else noise
    one, other = estimator(problem, noise), estimator(absent, moved)
    assert_same(one.value, other.value, problem, absent, estimator, noise, moved)
    if one.log_normaliser is not None:
        assert np.allclose(one.log_normaliser, other.log_normaliser, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("estimator", [*ALL, Importance(4), *LARAS], ids=by_name)
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


@pytest.mark.parametrize("estimator", [*ALL, Importance(4), *LARAS], ids=by_name)
def test_large_logits_and_offsets_stay_finite(estimator, make_problem, rng):
    problem = make_problem(4, 6, 3)
    stretch = np.sqrt(30 / abs(problem.scale * problem.q @ problem.k.T).max())
    extreme = Problem(stretch * problem.q, stretch * problem.k + 100.0, problem.v, problem.scale)
    estimate = estimator(extreme, estimator.draw(extreme, rng, (20,)))
    assert all(part is None or np.isfinite(part).all() for part in estimate)


@pytest.mark.parametrize("estimator", [*ALL, Importance(4), *LARAS], ids=by_name)
def test_inputs_are_left_intact(estimator, make_problem, rng):
    problem = make_problem(mask=np.array([True, True, False, True, True]))
    noise = estimator.draw(problem, rng, (2,))
    held = [array for array in (problem.q, problem.k, problem.v, problem.key_mask, *noise) if hasattr(array, "shape")]
    for array in held:
        array.flags.writeable = False
    before = [array.copy() for array in held]
    estimator(problem, noise)  # writing into a read-only array would raise
    assert all(np.array_equal(array, was) for array, was in zip(held, before, strict=True))


@pytest.mark.parametrize("estimator", [*ALL, Importance(4), *LARAS], ids=by_name)
def test_float32_problems_are_computed_in_float64(estimator, make_problem, rng):
    problem = make_problem()
    single = Problem(*(array.astype(np.float32) for array in (problem.q, problem.k, problem.v)), problem.scale)
    noise = estimator.draw(problem, rng)
    assert (estimator(single, noise).value == estimator(problem, noise).value).all()
