"""Orthogonal matrices of Haar measure, and lengths that make unit rows normal: what coupled blocks are made of."""

from collections.abc import Callable

import numpy as np

from lara_estimators.reference.scaling import Array


def haar(rng: np.random.Generator, leading: tuple[int, ...], dim: int) -> Array:
    """Draw ``(*leading, d, d)`` orthogonal matrices: Q sign(diag R) of the QR factors of normals.

    The normal matrix G has the law of U G for every orthogonal U, and a factor R of *positive* diagonal is unique, so
    that the factor Q of U G is U Q: Q has the law of U Q, which is Haar measure (Mezzadri 2007, arXiv:math-ph/0609050).
    Without the signs Q depends on the algorithm: with Householder's not even E Q = 0.
    """
    q, r = np.linalg.qr(rng.standard_normal((*leading, dim, dim)))
    signs: Array = np.where(np.diagonal(r, axis1=-2, axis2=-1) < 0, -1.0, 1.0)
    rows: Array = q * signs[..., None, :]
    return rows


def blocks_of_rows(
    rng: np.random.Generator,
    leading: tuple[int, ...],
    n_samples: int,
    dim: int,
    directions: Callable[[Array], Array],
) -> Array:
    """Draw S rows in blocks of d, the last cut short: chi_d lengths times the unit rows that `directions` makes.

    ``directions`` turns Haar matrices ``(..., d, d)`` into unit rows ``(..., d, d)``, each uniform on the sphere. With
    a length of its own, independent and chi_d distributed as the norm of a normal vector is, each row is N(0, I).
    """
    n_blocks = -(-n_samples // dim)
    unit = directions(haar(rng, (*leading, n_blocks), dim))
    lengths = np.sqrt(rng.chisquare(dim, (*leading, n_blocks, dim)))
    rows = lengths[..., None] * unit
    return rows.reshape(*leading, n_blocks * dim, dim)[..., :n_samples, :]
