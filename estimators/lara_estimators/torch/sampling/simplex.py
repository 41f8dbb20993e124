"""Simplex blocks."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.torch.sampling.blocks import haar, n_blocks, with_lengths


@dataclass(frozen=True, slots=True)
class Simplex:
    """Blocks of d rows that point to the corners of a rotated simplex, with independent lengths ~ chi_d.

    The rows of a Haar-distributed matrix, less their mean and scaled by ``sqrt(d / (d - 1))``, are unit vectors of
    pairwise product ``-1 / (d - 1)``, uniformly rotated: the centred corners ``e_i - 1/d`` times that matrix. In one
    dimension a block is a row, and there is nothing to couple.

    Claim: every row is N(0, I), as a fixed direction times a Haar-distributed matrix is a uniform direction.
    Source: Reid, Choromanski, Likhosherstov, Weller 2023, arXiv:2301.13856.
    """

    def check(self, n_samples: int) -> None:
        """Allow any number."""

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
        shape = (*leading_shape, n_blocks(n_samples, dim))
        directions = haar(generator, shape, dim, dtype=dtype, device=device)
        if dim > 1:
            directions = (directions - directions.mean(-2, keepdim=True)) * math.sqrt(dim / (dim - 1))
        return with_lengths(directions, generator, leading_shape, n_samples)
