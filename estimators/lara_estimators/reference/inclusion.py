"""What the probabilities of including a key are proportional to: chosen by name, or given."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lara_estimators.given import GivenSizes
from lara_estimators.reference.fitting import fitting
from lara_estimators.reference.layout import check_n_samples
from lara_estimators.reference.scaling import Array, Scaled


class Sizes(Protocol):
    """A size ``g_nm`` for every query and key."""

    @property
    def name(self) -> str:
        """Name in fields, ids and reports."""

    @property
    def reads_angles(self) -> bool:
        """Whether sizes depend on directions of queries and keys, so that a shift of keys changes them."""

    def sizes(self, symbols: Scaled, batch: tuple[int, ...]) -> Array:
        """Return g, ``(*B, N, M)`` or ``(*B, 1, M)``; what it says of masked keys is not used."""


@dataclass(frozen=True, slots=True)
class UniformSizes:
    """``g_nm = 1``."""

    name: str = "uniform"
    reads_angles: bool = False

    def sizes(self, symbols: Scaled, batch: tuple[int, ...]) -> Array:
        """Return ones."""
        return np.ones((1, symbols.y.shape[-2]))


@dataclass(frozen=True, slots=True)
class Collision:
    r"""``g_nm = (1 - angle(x_n, y_m) / pi)^K``: the probability that K sign bits of x and y collide.

    With a random direction ``w ~ N(0, I)`` the sign of w . x is a bit; x and y differ in it if the hyperplane
    orthogonal to w separates them, an event of probability angle / pi, as in the plane of x and y the direction of w
    is uniform. K independent bits are all equal with the K-th power of the rest. Source: SimHash, Charikar 2002;
    Chen et al. 2024, arXiv:2410.16179 (MagicPIG). A zero vector has the angle pi / 2 with every other.
    """

    n_bits: int
    name: str = "collision"
    reads_angles: bool = True

    def sizes(self, symbols: Scaled, batch: tuple[int, ...]) -> Array:
        """Return the probabilities of a collision."""
        x, y = (_unit(rows) for rows in (symbols.x, symbols.y))
        cosine = np.clip(x @ np.swapaxes(y, -1, -2), -1.0, 1.0)
        collision: Array = (1.0 - np.arccos(cosine) / math.pi) ** self.n_bits
        return collision


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """g as handed in, ``(*B, N, M)`` or ``(*B, 1, M)``."""

    given: GivenSizes
    name: str = "given"
    reads_angles: bool = False

    def sizes(self, symbols: Scaled, batch: tuple[int, ...]) -> Array:
        """Return what was given; it must be positive on every key that takes part."""
        shape = np.shape(self.given.sizes)
        n_rows = 1 if len(shape) > 1 and shape[-2] == 1 else symbols.x.shape[-2]
        g = fitting("size.sizes", self.given.sizes, batch, (n_rows, symbols.y.shape[-2]))
        if np.any((g <= 0) & np.isfinite(symbols.log_mask)[..., None, :]):
            raise ValueError("size.sizes is not positive on every key that takes part; expected it to be")
        return g


def _unit(rows: Array) -> Array:
    """Rows of length 1; a zero row stays, with the cosine 0 to every other."""
    norms = np.sqrt(np.einsum("...d,...d->...", rows, rows))[..., None]
    return rows / np.where(norms > 0, norms, 1.0)


def sizes_of(size: str | GivenSizes, n_bits: int) -> Sizes:
    """Return the sizes of this name, or those that are given."""
    check_n_samples(n_bits, "n_bits")
    if isinstance(size, GivenSizes):
        return Given(size)
    named: dict[str, Sizes] = {sizes.name: sizes for sizes in (UniformSizes(), Collision(n_bits))}
    if not isinstance(size, str) or size not in named:
        raise ValueError(f"size is {size!r}; expected {', '.join(named)} or a GivenSizes")
    return named[size]


def inclusion_probabilities(g: Array, log_mask: Array, n_samples: int) -> Array:
    """``rho_nm = min(1, n g_nm / sum_m g_nm)`` over the keys that take part, 0 on the others and where all g are 0."""
    kept = np.where(np.isfinite(log_mask)[..., None, :], g, 0.0)
    total = np.sum(kept, axis=-1, keepdims=True)
    rho: Array = np.minimum(1.0, n_samples * kept / np.where(total > 0, total, 1.0))
    return rho
