"""Rows at the corners of a simplex."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.sampling.haar import blocks_of_rows
from lara_estimators.reference.scaling import Array


@dataclass(frozen=True, slots=True)
class Simplex:
    """Blocks of d rows along the corners of a regular simplex, rotated by a Haar matrix, with chi_d lengths.

    The corners ``s_i = sqrt(d / (d-1)) (e_i - mean_j e_j)`` are d unit vectors as far apart as can be, ``s_i . s_j =
    -1 / (d-1)``, and sum to 0. Rotated, each is uniform on the sphere, so that each row is N(0, I). The last block is
    cut short; different blocks are independent. In one dimension rows are independent, as there is no corner but one.
    Source: Reid, Choromanski, Likhosherstov, Weller 2023, arXiv:2301.13856.
    """

    name: str = "simplex"
    independent_groups: bool = False

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Take any number of rows."""

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Draw blocks whose directions are the rotated corners."""
        return blocks_of_rows(rng, leading, n_samples, dim, directions=lambda rotation: corners(dim) @ rotation)


def corners(dim: int) -> Array:
    """Unit vectors ``(d, d)``, pairwise of inner product ``-1 / (d-1)``."""
    if dim == 1:
        return np.ones((1, 1))
    return math.sqrt(dim / (dim - 1)) * (np.eye(dim) - 1 / dim)
