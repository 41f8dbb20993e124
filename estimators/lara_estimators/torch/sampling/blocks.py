"""Rows that are coupled in d x d blocks: Haar-distributed rotations, and the lengths of normal vectors."""

import torch
from torch import Tensor


def haar(
    generator: torch.Generator | None,
    leading_shape: tuple[int, ...],
    dim: int,
    *,
    dtype: torch.dtype,
    device: torch.device,
) -> Tensor:
    """Draw orthogonal ``(*leading_shape, d, d)`` from Haar's measure.

    QR of a Gaussian matrix G, with the signs of R's diagonal moved into Q. Proof: the factorisation with positive
    diagonal is unique, so that Q(UG) = U Q(G) for every orthogonal U; UG has the law of G, hence UQ that of Q.
    Without the signs Q is whatever Householder's reflections make it: not even ``E Q = 0`` holds.
    Source: Mezzadri 2007, arXiv:math-ph/0609050.
    """
    gaussian = torch.randn((*leading_shape, dim, dim), generator=generator, dtype=dtype, device=device)
    orthogonal, triangular = torch.linalg.qr(gaussian)
    negative = triangular.diagonal(dim1=-2, dim2=-1).unsqueeze(-2) < 0
    return torch.where(negative, -orthogonal, orthogonal)


def with_lengths(
    directions: Tensor, generator: torch.Generator | None, leading_shape: tuple[int, ...], n_samples: int
) -> Tensor:
    """Scale the first S of unit rows ``(*leading_shape, n_blocks, d, d)`` to independent lengths ~ chi_d.

    A uniform direction times the length of an independent normal vector is N(0, I).
    """
    rows = directions.flatten(-3, -2)[..., :n_samples, :]
    normals = torch.randn(
        (*leading_shape, n_samples, rows.shape[-1]), generator=generator, dtype=rows.dtype, device=rows.device
    )
    return torch.linalg.vector_norm(normals, dim=-1, keepdim=True) * rows


def n_blocks(n_samples: int, dim: int) -> int:
    """Blocks of d rows that hold S rows, the last one perhaps not filled."""
    return -(-n_samples // dim)
