"""Independent rows."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array


@dataclass(frozen=True, slots=True)
class IID:
    """``z_1 .. z_S ~ N(0, I)`` independent."""

    name: str = "iid"
    independent_groups: bool = True

    def check(self, n_samples: int, of: str = "n_samples") -> None:
        """Take any number of rows."""

    def draw(self, rng: np.random.Generator, leading: tuple[int, ...], n_samples: int, dim: int) -> Array:
        """Draw normals; in memory the leading axes are last, along which the estimators then run."""
        return np.moveaxis(rng.standard_normal((dim, n_samples, *leading)), (0, 1), (-1, -2))
