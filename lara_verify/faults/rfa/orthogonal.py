"""Orthogonal feature draws, right and wrong: blocks of a QR factor with lengths."""

from collections.abc import Callable

import numpy as np

from lara_estimators.reference.sampling.haar import haar
from lara_estimators.reference.scaling import Array


def blocks(rng: np.random.Generator, shape: tuple[int, ...], *, signed: bool, row_norms: bool) -> Array:
    """``shape = (..., S, d)`` draws in blocks of ``d`` orthogonal rows.

    ``Q sign(diag R)`` of a Gaussian matrix is Haar; without ``signed`` it is not, and even ``E w`` is not zero.
    Lengths are independent chi variables, right with Haar rows; with ``row_norms`` they are the norms of the rows
    of the matrix whose *columns* were orthogonalised, which depend on ``Q``.
    """
    *leading, n_draws, dim = shape
    n_blocks = -(-n_draws // dim)
    gaussian = rng.standard_normal((*leading, n_blocks, dim, dim))
    q, r = np.linalg.qr(gaussian)
    if signed:
        q = q * np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
    source = gaussian if row_norms else rng.standard_normal(gaussian.shape)
    rows = np.linalg.norm(source, axis=-1, keepdims=True) * q
    return np.asarray(rows.reshape(*leading, n_blocks * dim, dim)[..., :n_draws, :])


def rows_of_blocks(
    rng: np.random.Generator,
    leading: tuple[int, ...],
    n_draws: int,
    dim: int,
    lengths: Callable[[tuple[int, ...]], Array],
) -> Array:
    """``(*leading, S, d)`` draws in blocks of the rows of Haar matrices; ``lengths`` draws theirs, ``(..., d)``.

    With the roots of chi-squared variables of d degrees these are the draws of the orthogonal sampling of RFA.
    """
    n_blocks = -(-n_draws // dim)
    unit = haar(rng, (*leading, n_blocks), dim)
    rows = lengths((*leading, n_blocks, dim))[..., None] * unit
    return rows.reshape(*leading, n_blocks * dim, dim)[..., :n_draws, :]
