"""What a sampler of features is."""

from typing import Protocol

import numpy as np

from lara_estimators.reference.scaling import Array


class Sampler(Protocol):
    """A joint law of S rows, each of which is N(0, I) by itself."""

    @property
    def name(self) -> str:
        """Name in fields, ids and reports."""

    @property
    def independent_groups(self) -> bool:
        """Whether the rows fall into i.i.d. groups, so that laws of sums of independent terms hold at every S."""

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Refuse a number of rows that the law does not have; `of` is what the number is called in the sentence."""

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Draw rows ``(*leading, S, d)``, a set for each index of the leading axes, sets independent."""
