"""Orthogonal rows."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.sampling.haar import blocks_of_rows
from lara_estimators.reference.scaling import Array


@dataclass(frozen=True, slots=True)
class Orthogonal:
    """Blocks of d orthogonal rows: Haar matrices, each row times an independent chi_d length; the last is cut short.

    A row of a Haar matrix is uniform on the sphere, so that each row is N(0, I); rows of a block are orthogonal, of
    different blocks independent. Source: Yu et al. 2016, arXiv:1610.09072; Choromanski et al. 2021, arXiv:2009.14794.
    """

    name: str = "orthogonal"
    independent_groups: bool = False

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Take any number of rows."""

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Draw blocks whose directions are the rows of Haar matrices."""
        return blocks_of_rows(rng, leading, n_samples, dim, directions=lambda orthogonal: orthogonal)
