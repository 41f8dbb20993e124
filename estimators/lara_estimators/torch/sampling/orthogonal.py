"""Orthogonal blocks."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.torch.sampling.blocks import haar, n_blocks, with_lengths


@dataclass(frozen=True, slots=True)
class Orthogonal:
    """Blocks of d rows, orthogonal to one another, each with an independent length ~ chi_d; the last block is cut off.

    Claim: every row is N(0, I), as a row of a Haar-distributed matrix is a uniform direction.
    Source: Choromanski et al. 2021, arXiv:2009.14794, section 2.4; Yu et al. 2016, arXiv:1610.09072.
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
        return with_lengths(directions, generator, leading_shape, n_samples)
