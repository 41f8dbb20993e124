"""Pairs of opposite rows."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array


@dataclass(frozen=True, slots=True)
class Antithetic:
    """Rows 2i and 2i + 1 are z_i and -z_i, ``z_i ~ N(0, I)`` i.i.d.

    -z has the law of z. What is odd in z is averaged out exactly: with positive features these pairs are the
    hyperbolic features of Choromanski et al. 2021, arXiv:2009.14794, lemma 1.
    """

    name: str = "antithetic"
    independent_groups: bool = True

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Take pairs."""
        if n_samples % 2:
            raise ValueError(f"{of} is {n_samples}; expected an even number, as antithetic draws come in pairs")

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Draw half the rows, and set each beside its opposite."""
        self.check(n_samples)
        half = rng.standard_normal((dim, n_samples // 2, *leading))
        rows = np.stack([half, -half], axis=2).reshape(dim, n_samples, *leading)
        return np.moveaxis(rows, (0, 1), (-1, -2))
