"""Independent rows."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class IID:
    """All rows independent: ``z_s ~ N(0, I)``."""

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
        return torch.randn((*leading_shape, n_samples, dim), generator=generator, dtype=dtype, device=device)
