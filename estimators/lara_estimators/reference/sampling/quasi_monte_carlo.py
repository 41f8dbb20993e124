"""Scrambled Sobol' points through the normal quantile."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lara_estimators.reference.scaling import Array

N_BITS = 52
"""Binary digits of a point: ``(digits + 1/2) / 2^52`` is exact in float64, and neither 0 nor 1."""

Digits = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True, slots=True)
class QuasiMonteCarlo:
    """The first S points of a scrambled Sobol' sequence, each coordinate through the normal quantile.

    Scrambled by random lower triangular matrices on the digits and a random digital shift (Matousek 1998), one set for
    each coordinate and set of rows. The shift alone makes every digit of every point a fair coin: a point is uniform on
    2^52 cells of each coordinate, and its row N(0, I) up to their width. Rows of one set depend on each other, and
    averages of a square integrable function converge, with a variance of o(1/S) where S are powers of 2 (Owen 1998).
    """

    name: str = "quasi-monte-carlo"
    independent_groups: bool = False

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Take any number of rows."""

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Draw scrambled points, and take the quantiles at the midpoints of their cells."""
        from scipy.special import ndtri

        digits = scrambled(rng, leading, n_samples, dim)
        rows: Array = ndtri((digits + 0.5) * 2.0**-N_BITS)
        return rows


def scrambled(rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Digits:
    """Points ``(*leading, S, d)`` as integers below 2^52: digit vectors L x + shift, modulo 2.

    Column j of the lower triangular L, as an integer whose leading bit is the first digit, is 1 at digit j and random
    below it; the digits of x are of weight 2^-1 .. 2^-m, as the first 2^m points of the sequence have no others.
    """
    points, n_digits = sobol(n_samples, dim)
    digits = np.zeros((*leading, n_samples, dim), dtype=np.uint64)
    for j in range(n_digits):
        diagonal = np.uint64(1 << (N_BITS - 1 - j))
        column = diagonal | rng.integers(diagonal, size=(*leading, 1, dim), dtype=np.uint64)
        has_digit = (points >> np.uint64(n_digits - 1 - j)) & np.uint64(1)
        digits ^= column * has_digit
    return digits ^ rng.integers(1 << N_BITS, size=(*leading, 1, dim), dtype=np.uint64)


@lru_cache(maxsize=64)
def sobol(n_samples: int, dim: int) -> tuple[Digits, int]:
    """Points ``(S, d)`` of the sequence itself as integers below 2^m, and m, the number of their digits."""
    from scipy.stats.qmc import Sobol

    n_digits = (n_samples - 1).bit_length()
    points = Sobol(dim, scramble=False).random_base2(n_digits)[:n_samples]
    whole = np.asarray(points * 2.0**n_digits).astype(np.uint64)
    whole.flags.writeable = False
    return whole, n_digits
