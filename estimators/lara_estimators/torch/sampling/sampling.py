"""What every sampler of features can do."""

from typing import Protocol

import torch
from torch import Tensor


class Sampling(Protocol):
    """A joint law of S rows, each of them N(0, I) in d dimensions."""

    def check(self, n_samples: int) -> None:
        """Refuse a number of rows that the law does not allow."""

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
        """Draw ``(*leading_shape, S, d)`` on the device, independent over the leading axes.

        The generator lives on that device; None is torch's default generator there.
        """
