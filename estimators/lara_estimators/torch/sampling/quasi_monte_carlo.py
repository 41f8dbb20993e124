"""Scrambled Sobol' points through the normal quantile."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

N_BITS = 52  # of a coordinate: the midpoint of a cell of width 2^-52 is exact in float64
_TABLE_BITS = torch.quasirandom.SobolEngine.MAXBIT  # of torch's direction numbers


@dataclass(frozen=True, slots=True)
class QuasiMonteCarlo:
    """The first S points of Sobol's sequence, scrambled anew for every leading index, as normal quantiles.

    Each coordinate's bits are multiplied by a random lower triangular matrix of bits with unit diagonal, then shifted
    by random bits (exclusive or). A point is the midpoint of its cell of width ``2^-52``.

    Claim: every row is N(0, I) up to cells, as the shift alone makes each coordinate uniform over them, independent of
    the others. Among the first 2^k rows each coordinate has one in each of the 2^k cells of equal probability.
    Source: Matousek 1998, J. Complexity 14 (affine scrambling); Owen, Monte Carlo theory, methods and examples, ch. 17.
    """

    def check(self, n_samples: int) -> None:
        """Refuse more points than the direction numbers make."""
        if n_samples > 2**_TABLE_BITS:
            raise ValueError(f"n_samples is {n_samples}; expected at most 2^{_TABLE_BITS} for quasi-monte-carlo")

    def draw(
        self,
        generator: torch.Generator | None,
        leading_shape: tuple[int, ...],
        n_samples: int,
        dim: int,
        *,
        dtype: torch.dtype,
        device: torch.device,
    ) -> Tensor:
        """Draw ``(*leading_shape, S, d)``."""
        self.check(n_samples)
        points = scrambled_sobol(generator, leading_shape, n_samples, dim, device=device)
        return torch.special.ndtri((points.double() + 0.5) * 2.0**-N_BITS).to(dtype)


def scrambled_sobol(
    generator: torch.Generator | None, leading_shape: tuple[int, ...], n_samples: int, dim: int, *, device: torch.device
) -> Tensor:
    """Draw ``(*leading_shape, S, d)`` integers of `N_BITS` bits, the most significant one halves the unit interval.

    Column c of the scrambling matrix is an integer whose bit c from the top is 1, those above it 0, and those below
    random: the low bits of a uniform integer. The product is the exclusive or of the columns where the point has a 1.
    """
    n_digits = (n_samples - 1).bit_length()
    table = torch.tensor(_direction_numbers(dim, n_digits), dtype=torch.int64, device=device).reshape(dim, n_digits)
    index = torch.arange(n_samples, device=device).unsqueeze(-1)
    plain = torch.zeros((n_samples, dim), dtype=torch.int64, device=device)
    for digit in range(n_digits):
        plain ^= ((index >> digit) & 1) * table[:, digit]

    shape = (*leading_shape, 1, dim)
    points = torch.randint(2**N_BITS, shape, generator=generator, device=device)
    points = points.expand(*leading_shape, n_samples, dim).clone()
    for digit in range(n_digits):
        top = 1 << (N_BITS - 1 - digit)
        column = torch.randint(top, shape, generator=generator, device=device) | top
        points ^= ((plain >> (n_digits - 1 - digit)) & 1) * column
    return points


@lru_cache(maxsize=64)
def _direction_numbers(dim: int, n_digits: int) -> tuple[tuple[int, ...], ...]:
    """Direction numbers ``[d][n_digits]`` of the first ``2^n_digits`` points, as integers of `n_digits` bits.

    Only the top b + 1 bits of direction number b can be set: the first digits of the first points need no more.
    """
    if dim > torch.quasirandom.SobolEngine.MAXDIM:
        raise ValueError(f"dim is {dim}; expected at most {torch.quasirandom.SobolEngine.MAXDIM} for quasi-monte-carlo")
    # In a thread of its own, as modes of torch belong to a thread: under a fake mode the table would hold no numbers.
    with ThreadPoolExecutor(1) as apart:
        rows = apart.submit(lambda: torch.quasirandom.SobolEngine(dim).sobolstate.tolist()).result()
    return tuple(tuple(number >> (_TABLE_BITS - n_digits) for number in row[:n_digits]) for row in rows)
