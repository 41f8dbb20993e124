"""Samplers: exact invariants of their rows, and each row's law, by a test that finds what is not N(0, I)."""

import math

import numpy as np
import pytest

from lara_estimators.reference.sampling import OF_FEATURES, OF_PROPOSALS, sampling_of
from lara_estimators.reference.sampling.haar import haar
from lara_estimators.reference.sampling.quasi_monte_carlo import N_BITS, scrambled, sobol
from lara_estimators.reference.sampling.simplex import corners

LEVEL = 1e-7
"""Of each test of a law; at most ten of them run."""

N_SETS = 20_000


def directions(dim):
    """Fixed u: axes and diagonals, at lengths where a normal and its rivals differ."""
    axes = np.concatenate([np.eye(dim), np.ones((1, dim)) / math.sqrt(dim)])
    return np.concatenate([length * axes for length in (0.7, 1.5, 3.0)])


def departs_from_normal(rows):
    """Whether sets ``(n, S, d)`` of rows, sets i.i.d., show that some row is not N(0, I).

    ``E cos(w . u) = exp(-|u|^2 / 2)`` and ``E sin(w . u) = 0`` for every row and fixed u, averages of n independent
    numbers in [-1, 1]: by Hoeffding one is off by more than t with probability at most ``2 exp(-n t^2 / 2)``; t is
    where that is LEVEL over the number of averages. At n = 20,000 t is .046 to .047: a mean of cosines or sines that is
    off by twice that is found with probability above 1 - LEVEL.
    """
    u = directions(rows.shape[-1])
    angles = rows @ u.T
    averages = np.stack([np.cos(angles).mean(0) - np.exp(-(u**2).sum(-1) / 2), np.sin(angles).mean(0)])
    return bool((abs(averages) > math.sqrt(2 * math.log(2 * averages.size / LEVEL) / len(rows))).any())


@pytest.mark.parametrize("name", OF_FEATURES)
def test_every_row_is_standard_normal(name, rng):
    """Level 1e-7; power as in `departs_from_normal`, tried below on laws that differ."""
    assert not departs_from_normal(sampling_of(name).draw(rng, (N_SETS,), 6, 4))


def unsigned_orthogonal(rng, n, dim):
    q, _ = np.linalg.qr(rng.standard_normal((n, dim, dim)))
    return np.sqrt(rng.chisquare(dim, (n, dim)))[..., None] * q


WRONG = {
    "factor Q without signs": unsigned_orthogonal,
    "rows of equal length": lambda rng, n, dim: math.sqrt(dim) * haar(rng, (n,), dim),
    "signs": lambda rng, n, dim: rng.choice([-1.0, 1.0], (n, dim, dim)),
    "uniform on the sphere": lambda rng, n, dim: haar(rng, (n,), dim),
    "deviation 1.2": lambda rng, n, dim: 1.2 * rng.standard_normal((n, dim, dim)),
    "mean .15": lambda rng, n, dim: 0.15 + rng.standard_normal((n, dim, dim)),
    "one row of four is no normal": lambda rng, n, dim: np.concatenate(
        [rng.standard_normal((n, 3, dim)), rng.choice([-1.0, 1.0], (n, 1, dim))], axis=1
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_law_that_is_not_normal_is_found(wrong, rng):
    """Power: each of these is off by more than .1 in some average, found with probability above 1 - 1e-7."""
    assert departs_from_normal(WRONG[wrong](rng, N_SETS, 4))


@pytest.mark.parametrize("name", [*OF_FEATURES, "deterministic"])
@pytest.mark.parametrize("leading", [(), (0,), (3,), (2, 1, 3)])
@pytest.mark.parametrize(("n_samples", "dim"), [(2, 1), (6, 4), (4, 64)])
def test_rows_have_their_shape(name, leading, n_samples, dim, rng):
    n_samples = 1 if name == "deterministic" else n_samples
    rows = sampling_of(name, OF_FEATURES | OF_PROPOSALS).draw(rng, leading, n_samples, dim)
    assert rows.shape == (*leading, n_samples, dim)
    assert rows.dtype == np.float64
    assert np.isfinite(rows).all()


@pytest.mark.parametrize("name", OF_FEATURES)
def test_sets_differ_and_the_same_generator_gives_the_same(name):
    first, second = (sampling_of(name).draw(np.random.default_rng(7), (2, 3), 4, 5) for _ in range(2))
    assert np.array_equal(first, second)
    sets = first.reshape(6, -1)
    assert all(not np.array_equal(sets[i], sets[j]) for i in range(6) for j in range(i))


def test_antithetic_rows_are_opposite_pairs(rng):
    rows = sampling_of("antithetic").draw(rng, (3, 2), 8, 5)
    assert np.array_equal(rows[..., 0::2, :], -rows[..., 1::2, :])
    with pytest.raises(ValueError, match="n_samples is 7; expected an even number"):
        sampling_of("antithetic").draw(rng, (), 7, 5)


def gram_of_directions(rows):
    unit = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit @ np.swapaxes(unit, -1, -2)


@pytest.mark.parametrize(("n_samples", "dim"), [(3, 5), (5, 5), (12, 5), (64, 64), (4, 1)])
def test_rows_of_a_block_are_orthogonal(n_samples, dim, rng):
    """To the rounding of a QR factor, a small multiple of d 2^-53."""
    rows = sampling_of("orthogonal").draw(rng, (20,), n_samples, dim)
    for start in range(0, n_samples, dim):
        gram = gram_of_directions(rows[:, start : start + dim])
        assert np.allclose(gram, np.eye(gram.shape[-1]), rtol=0, atol=1e-14 * dim)


@pytest.mark.parametrize(("n_samples", "dim"), [(3, 5), (5, 5), (12, 5), (64, 64), (4, 2)])
def test_rows_of_a_block_are_corners_of_a_simplex(n_samples, dim, rng):
    rows = sampling_of("simplex").draw(rng, (20,), n_samples, dim)
    for start in range(0, n_samples, dim):
        gram = gram_of_directions(rows[:, start : start + dim])
        expected = np.where(np.eye(gram.shape[-1]) == 1, 1, -1 / (dim - 1))
        assert np.allclose(gram, expected, rtol=0, atol=1e-14 * dim)


def test_corners_sum_to_zero_and_one_dimension_has_one():
    assert np.allclose(corners(7).sum(0), 0, rtol=0, atol=1e-15)
    assert corners(1).tolist() == [[1.0]]


@pytest.mark.parametrize("dim", [1, 2, 7])
def test_haar_matrices_are_orthogonal(dim, rng):
    q = haar(rng, (50,), dim)
    assert np.allclose(q @ np.swapaxes(q, -1, -2), np.eye(dim), rtol=0, atol=1e-14 * dim)
    assert {-1, 1} == set(np.sign(np.linalg.det(q)))


@pytest.mark.parametrize("name", ["orthogonal", "simplex"])
def test_lengths_and_blocks_are_independent(name, rng):
    """Signs of ``|w|^2 - median`` of any two rows are fair and independent, and so are those of one coordinate of two
    rows from different blocks. Level 1e-7, Hoeffding on n = 20,000 products of signs: t = .046; what is shared gives 1.
    """
    dim, median = 4, 3.3566939800333213  # of chi-squared with 4 degrees of freedom
    rows = sampling_of(name).draw(rng, (N_SETS,), 2 * dim, dim)
    longer = np.sign((rows**2).sum(-1) - median)
    allowed = math.sqrt(2 * math.log(2 * 2 * 28 / LEVEL) / N_SETS)
    pairs = [(i, j) for i in range(2 * dim) for j in range(i)]
    assert all(abs((longer[:, i] * longer[:, j]).mean()) <= allowed for i, j in pairs)
    first = np.sign(rows[..., 0])
    across = [(i, j) for i, j in pairs if i // dim != j // dim]
    assert all(abs((first[:, i] * first[:, j]).mean()) <= allowed for i, j in across)


@pytest.mark.parametrize("dim", [1, 5, 64])
@pytest.mark.parametrize("n_digits", [0, 1, 4, 6])
def test_scrambled_points_fill_every_interval_of_their_size_once(dim, n_digits, rng):
    """Exact: of the first 2^m points of the sequence, and of any scramble, every coordinate meets each 2^-m once."""
    points, m = sobol(1 << n_digits, dim)
    cells = scrambled(rng, (7,), 1 << n_digits, dim) >> np.uint64(N_BITS - n_digits)
    assert m == n_digits
    for met in (points[None], cells):
        ordered = np.sort(met.astype(int), axis=-2)
        assert (ordered == np.arange(1 << n_digits)[:, None]).all()


def test_pairs_of_coordinates_are_a_net_after_scrambling(rng):
    """Exact: the first two coordinates of 2^m points are a (0, m, 2)-net: one in every box of 2^-a by 2^-(m-a)."""
    m = 5
    digits = scrambled(rng, (9,), 1 << m, 2)
    for a in range(m + 1):
        box = (digits[..., 0] >> np.uint64(N_BITS - a)) * np.uint64(1 << (m - a))
        box = box + (digits[..., 1] >> np.uint64(N_BITS - (m - a)))
        assert (np.sort(box.astype(int), axis=-1) == np.arange(1 << m)).all()


def test_the_first_points_are_those_of_more():
    """S that is no power of 2 takes the first S points; the matrix scrambles need only as many digits."""
    points, digits = sobol(11, 3)
    more, more_digits = sobol(16, 3)
    assert (digits, more_digits) == (4, 4)
    assert np.array_equal(points, more[:11])


@pytest.mark.parametrize("name", ["sobol", "deterministic", None, 3, ["iid"]])
def test_an_unknown_sampling_is_refused(name):
    expected = "expected iid, antithetic, orthogonal, simplex or quasi-monte-carlo"
    with pytest.raises(ValueError, match=f"sampling is .*; {expected}"):
        sampling_of(name)
