"""No draws at all."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array


@dataclass(frozen=True, slots=True)
class Deterministic:
    """One row, 0: the mean of the law in place of a draw. Not N(0, I); nothing is unbiased or consistent with it."""

    name: str = "deterministic"
    independent_groups: bool = False

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Take one row, as more would be equal."""
        if n_samples != 1:
            raise ValueError(f"{of} is {n_samples}; expected 1, as deterministic draws of one law are all equal")

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Return zeros; nothing is drawn."""
        return np.moveaxis(np.zeros((dim, n_samples, *leading)), (0, 1), (-1, -2))
