"""Sums of powers merge to the sums of all, and tell moments with their errors."""

import numpy as np

from lara_studies.sums import PowerSums


def test_merged_sums_are_the_sums_of_all(rng):
    """Exact: integers of this size add without rounding."""
    draws = rng.integers(-9, 9, (40, 3)).astype(float)
    whole, merged = PowerSums.of(draws), PowerSums.of(draws[:13]).merge(PowerSums.of(draws[13:]))
    assert merged.count == whole.count == 40
    assert np.array_equal(merged.powers, whole.powers)
    assert np.array_equal(merged.powers, np.stack([(draws**k).sum(axis=0) for k in (1, 2, 3, 4)]))
    assert np.array_equal(merged.low, draws.min(axis=0))
    assert np.array_equal(merged.high, draws.max(axis=0))


def test_moments_and_their_errors_are_those_of_numpy(rng):
    """To 1e-12, some thousand roundings of numbers near one."""
    draws = rng.standard_normal((500, 2))
    sums = PowerSums.of(draws)
    for ours, theirs in (
        (sums.mean, draws.mean(axis=0)),
        (sums.mean_square, (draws**2).mean(axis=0)),
        (sums.mean_mcse, draws.std(axis=0) / np.sqrt(500)),
        (sums.mean_square_mcse, (draws**2).std(axis=0) / np.sqrt(500)),
    ):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_nan_does_not_get_lost():
    sums = (
        PowerSums.of(np.zeros((2, 1))).merge(PowerSums.of(np.full((2, 1), np.nan))).merge(PowerSums.of(np.ones((2, 1))))
    )
    assert np.isnan([sums.low, sums.high]).all()
