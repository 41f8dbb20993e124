"""The laws of the torch samplers, as bounded statistics of independent replicates; each also tried on a wrong sampler.

Level. Every statistic is a sup-distance of an empirical distribution function (Dvoretzky-Kiefer-Wolfowitz, Massart:
``P(sup > eps) <= 2 exp(-2 R eps^2)``) or a mean of signs (Hoeffding, ``P(|mean| > eps) <= 2 exp(-R eps^2 / 2)``); eps
makes the union over all that a test looks at at most 1e-6. Power. A sampler whose true distance is above 2 eps passes
with probability at most 1e-6 as well, by the same inequalities: with R = 20,000, eps is .021 and .04; what is wrong
below is off by .1 and more.
"""

import math

import numpy as np
import pytest
from scipy.special import gammainc, ndtr

torch = pytest.importorskip("torch")
sampling = pytest.importorskip("lara_estimators.torch.sampling")
blocks = pytest.importorskip("lara_estimators.torch.sampling.blocks")
sobol = pytest.importorskip("lara_estimators.torch.sampling.quasi_monte_carlo")

NAMES = ["iid", "antithetic", "orthogonal", "simplex", "quasi-monte-carlo"]
R, S, D = 20_000, 6, 4
LEVEL = 1e-6


def draw_by(name, device, rng, shape=(R,), n_samples=S, dim=D, dtype=torch.float32):
    generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
    return sampling.sampling_of(name).draw(generator, shape, n_samples, dim, dtype=dtype, device=device)


def uniforms_of(z):
    """What is uniform if rows are N(0, I): coordinates, a projection and the length of every row, each by its law."""
    z = z.double().cpu().numpy()
    projection = z @ (np.arange(1, D + 1) / np.sqrt(np.sum(np.arange(1, D + 1) ** 2)))
    lengths = gammainc(D / 2, np.sum(z**2, axis=-1) / 2)
    return np.concatenate((ndtr(z).reshape(len(z), -1), ndtr(projection), lengths), axis=-1)


def row_laws_hold(z):
    uniforms = np.sort(uniforms_of(z), axis=0)
    n, n_columns = uniforms.shape
    above = np.arange(1, n + 1)[:, None] / n - uniforms
    distance = max(above.max(), (1 / n - above).max())
    return distance <= math.sqrt(math.log(2 * n_columns / LEVEL) / (2 * n))


def signs_are_uncorrelated(a, b):
    """Whether entries of two arrays ``(R, ...)``, symmetric about 0 each, agree in sign half of the time."""
    means = np.mean(np.sign(a) * np.sign(b), axis=0)
    return np.abs(means).max() <= math.sqrt(2 * math.log(2 * means.size / LEVEL) / len(a))


def numpy_of(z):
    return z.double().cpu().numpy()


@pytest.mark.parametrize("name", NAMES)
def test_every_row_is_standard_normal(name, torch_device, rng):
    assert row_laws_hold(draw_by(name, torch_device, rng))


@pytest.mark.parametrize("name", NAMES)
def test_leading_indices_are_independent(name, torch_device, rng):
    z = numpy_of(draw_by(name, torch_device, rng, (R, 2)))
    assert signs_are_uncorrelated(z[:, 0], z[:, 1])
    assert not signs_are_uncorrelated(z[:, 0], 2 * z[:, 0])


@pytest.mark.parametrize("name", ["iid", "orthogonal", "simplex"])
def test_rows_of_different_blocks_are_independent(name, torch_device, rng):
    z = numpy_of(draw_by(name, torch_device, rng, n_samples=2 * D))
    assert signs_are_uncorrelated(z[:, :D, None, :], z[:, None, D:, :])


@pytest.mark.parametrize("name", ["iid", "orthogonal", "simplex"])
def test_lengths_of_rows_are_independent(name, torch_device, rng):
    """Above and below the median: signs of the length's quantile less a half."""
    z = numpy_of(draw_by(name, torch_device, rng))
    sides = gammainc(D / 2, np.sum(z**2, axis=-1) / 2) - 0.5
    assert signs_are_uncorrelated(sides[:, ::2], sides[:, 1::2])


@pytest.mark.parametrize(("name", "cosine"), [("orthogonal", 0.0), ("simplex", -1 / (D - 1))])
def test_angles_within_a_block(name, cosine, torch_device, rng):
    """Rounding of a product of unit vectors that a factorisation made: a few d eps."""
    z = numpy_of(draw_by(name, torch_device, rng, (50, 3), n_samples=D, dtype=torch.float64))
    unit = z / np.linalg.norm(z, axis=-1, keepdims=True)
    gram = unit @ unit.swapaxes(-1, -2)
    expected = np.where(np.eye(D, dtype=bool), 1, cosine)
    assert np.abs(gram - expected).max() <= 20 * D * np.finfo(float).eps


def test_antithetic_rows_come_in_pairs_of_opposites(torch_device, rng):
    z = draw_by("antithetic", torch_device, rng, (7, 2))
    assert torch.equal(z[..., ::2, :], -z[..., 1::2, :])


def test_one_dimension_has_no_coupling(torch_device, rng):
    z = draw_by("simplex", torch_device, rng, n_samples=2, dim=1)
    z = numpy_of(z)
    assert signs_are_uncorrelated(z[:, 0], z[:, 1])
    assert (np.sign(z) < 0).any()
    assert (np.sign(z) > 0).any()


def raw_qr(generator, shape):
    return torch.linalg.qr(torch.randn((*shape, D, D), generator=generator))[0]


def fixed_lengths(generator, shape):
    return blocks.haar(generator, shape, D, dtype=torch.float32, device="cpu") * math.sqrt(D)


def with_lengths_of(directions, generator):
    return blocks.with_lengths(directions, generator, (R,), D)


def uncentred_simplex(generator, shape):
    haar = blocks.haar(generator, shape, D, dtype=torch.float32, device="cpu")
    return haar - haar.mean(-2, keepdim=True)


@pytest.mark.parametrize("wrong", ["raw QR", "fixed lengths", "short simplex"])
def test_wrong_blocks_are_seen(wrong, rng):
    """Raw QR: the first entry is never positive, off by .5. Lengths sqrt(d), or short by sqrt(1 - 1/d): .1 and more."""
    generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
    directions = {"raw QR": raw_qr, "fixed lengths": fixed_lengths, "short simplex": uncentred_simplex}[wrong]
    rows = directions(generator, (R, 1))
    z = rows.flatten(-3, -2) if wrong == "fixed lengths" else with_lengths_of(rows, generator)
    assert not row_laws_hold(z)


def test_one_scramble_for_all_replicates_is_seen(rng, torch_device):
    """Each row is then the same in every replicate."""
    z = draw_by("quasi-monte-carlo", torch_device, rng, ())
    assert not row_laws_hold(z.expand(R, S, D))


@pytest.mark.parametrize("n_samples", [1, 2, 7, 64])
@pytest.mark.parametrize("dim", [1, 2, 9])
def test_first_points_of_a_power_of_two_have_one_in_each_cell(n_samples, dim, torch_device, rng):
    generator = torch.Generator(torch_device).manual_seed(int(rng.integers(2**62)))
    points = sobol.scrambled_sobol(generator, (3, 2), n_samples, dim, device=torch_device)
    assert points.shape == (3, 2, n_samples, dim)
    for digits in range(n_samples.bit_length()):
        first = points[..., : 2**digits, :] >> (sobol.N_BITS - digits)
        cells = torch.arange(2**digits, device=torch_device).unsqueeze(-1).expand(first.shape)
        assert torch.equal(first.sort(dim=-2).values, cells)


@pytest.mark.parametrize("digits", range(7))
def test_first_two_coordinates_fill_boxes(digits, torch_device, rng):
    """Sobol's first two coordinates are a (0, 2)-sequence: one of the first 2^k points in every elementary interval."""
    generator = torch.Generator(torch_device).manual_seed(int(rng.integers(2**62)))
    points = sobol.scrambled_sobol(generator, (5,), 2**digits, 2, device=torch_device)
    for of_first in range(digits + 1):
        cells = (points[..., 0] >> (sobol.N_BITS - of_first)) << (digits - of_first)
        cells = cells + (points[..., 1] >> (sobol.N_BITS - digits + of_first))
        assert torch.equal(cells.sort(dim=-1).values, torch.arange(2**digits, device=torch_device).expand(5, -1))


def test_points_before_scrambling_are_torchs(monkeypatch):
    """With all random bits 0 the matrix is the identity and the shift nothing; torch counts in Gray's code."""
    monkeypatch.setattr(torch, "randint", lambda _, shape, **__: torch.zeros(shape, dtype=torch.int64))
    points = sobol.scrambled_sobol(None, (), 256, 21, device=torch.device("cpu"))
    order = torch.arange(256)
    ours = points[order ^ (order >> 1)].double() * 2.0**-sobol.N_BITS
    assert torch.equal(ours, torch.quasirandom.SobolEngine(21).draw(256, dtype=torch.float64))


def test_ends_of_the_unit_interval_are_finite_quantiles(monkeypatch):
    """The outermost cells, of width 2^-52, are at 8.2 standard deviations."""
    for cell in (0, 2**sobol.N_BITS - 1):
        monkeypatch.setattr(sobol, "scrambled_sobol", lambda *_, at=cell, **__: torch.full((1, 1), at))
        z = sobol.QuasiMonteCarlo().draw(None, (), 1, 1, dtype=torch.float64, device=torch.device("cpu"))
        assert 8.2 < abs(z.item()) < 8.3


@pytest.mark.parametrize("name", NAMES)
def test_seeds_dtypes_and_devices(name, torch_device):
    before = torch.get_rng_state()
    for dtype in (torch.float32, torch.float64):
        one, other = (
            sampling.sampling_of(name).draw(
                torch.Generator(torch_device).manual_seed(3), (2, 0, 3), 4, 5, dtype=dtype, device=torch_device
            )
            for _ in range(2)
        )
        assert torch.equal(one, other)
        assert (one.shape, one.dtype, one.device.type) == ((2, 0, 3, 4, 5), dtype, torch_device.type)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_refused():
    with pytest.raises(ValueError, match="sampling is 'sobol'; expected one of iid, antithetic"):
        sampling.sampling_of("sobol")
    with pytest.raises(ValueError, match="n_samples is 3; expected an even number"):
        sampling.sampling_of("antithetic").check(3)
    with pytest.raises(ValueError, match="dim is 30000; expected at most"):
        sobol.scrambled_sobol(None, (), 2, 30_000, device=torch.device("cpu"))
    with pytest.raises(ValueError, match="expected at most 2"):
        sampling.sampling_of("quasi-monte-carlo").check(2**31)
