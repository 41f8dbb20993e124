"""Keys in contiguous chunks, cut as ``numpy.array_split`` cuts them: chunks of one size lie side by side."""

from typing import NamedTuple

import torch
from torch import Tensor


class Group(NamedTuple):
    """Chunks of one size: `n_chunks` from number `first_chunk` on, whose keys begin at `first_key`."""

    first_chunk: int
    n_chunks: int
    first_key: int
    size: int

    def of_keys(self, tensor: Tensor, axis: int) -> Tensor:
        """Cut the axis of keys: ``(..., M, ...)`` gives ``(..., n_chunks, size, ...)``; `axis` counts from the end."""
        return tensor.narrow(axis, self.first_key, self.n_chunks * self.size).unflatten(
            axis, (self.n_chunks, self.size)
        )

    def of_chunks(self, tensor: Tensor, axis: int) -> Tensor:
        """Take these chunks from an axis of all."""
        return tensor.narrow(axis, self.first_chunk, self.n_chunks)


def groups_of(n_keys: int, n_chunks: int) -> tuple[Group, ...]:
    """Return the longer chunks, if any, then the shorter ones."""
    if n_chunks > n_keys:
        raise ValueError(f"n_chunks is {n_chunks} but there are {n_keys} keys; expected at most as many")
    size, n_longer = divmod(n_keys, n_chunks)
    shorter = Group(n_longer, n_chunks - n_longer, n_longer * (size + 1), size)
    return (Group(0, n_longer, 0, size + 1), shorter) if n_longer else (shorter,)


class Occupied(NamedTuple):
    """What of the keys takes part, so that no chunk is without any.

    ``empty`` ``(*B, C)`` says which chunks have no key that takes part: they are to weigh nothing. ``hidden``
    ``(*B, M)`` says which keys are masked; those of empty chunks are not, as something must be computed there.
    """

    empty: Tensor
    hidden: Tensor


def occupied(key_mask: Tensor | None, groups: tuple[Group, ...]) -> Occupied | None:
    """Look at the mask; None where there is none."""
    if key_mask is None:
        return None
    empty = [~group.of_keys(key_mask, -1).any(-1) for group in groups]
    of_empty = [
        chunks.unsqueeze(-1).expand(*chunks.shape, group.size).flatten(-2)
        for chunks, group in zip(empty, groups, strict=True)
    ]
    return Occupied(torch.cat(empty, dim=-1), ~(key_mask | torch.cat(of_empty, dim=-1)))
