"""Pairs of a row and its opposite."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Antithetic:
    """Rows 2i and 2i + 1 are z and -z, with z ~ N(0, I) independent over the pairs.

    Claim: every row is N(0, I), as that law is symmetric; the mean of an odd function over a pair is exactly 0.
    """

    def check(self, n_samples: int) -> None:
        """Refuse an odd number."""
        if n_samples % 2:
            raise ValueError(f"n_samples is {n_samples}; expected an even number, two a pair, when antithetic")

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
        half = torch.randn((*leading_shape, n_samples // 2, dim), generator=generator, dtype=dtype, device=device)
        return torch.stack((half, -half), dim=-2).flatten(-3, -2)
