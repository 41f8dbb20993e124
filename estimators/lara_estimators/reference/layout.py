"""Where the axes of noise lie: checked once, and turned so that replicates share one large matrix product."""

import math
from typing import Any

import numpy as np


def check_n_samples(n_samples: object, name: str = "n_samples") -> None:
    """Refuse anything but an int of at least 1."""
    if isinstance(n_samples, bool) or not isinstance(n_samples, int):
        raise ValueError(f"{name} is {n_samples!r}; expected an int, at least 1")
    if n_samples < 1:
        raise ValueError(f"{name} is {n_samples}; expected at least 1")


def replicates_of(name: str, noise: Any, batch_shape: tuple[int, ...], draw_shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leading axes ``R`` of noise that must be ``(*R, *B, *draw_shape)``; a sentence if it is not."""
    expected = (*batch_shape, *draw_shape)
    shape = tuple(noise.shape)
    n_leading = len(shape) - len(expected)
    if n_leading < 0 or shape[n_leading:] != expected:
        raise ValueError(f"noise.{name} has shape {shape}; expected (*replicates, {', '.join(map(str, expected))})")
    return shape[:n_leading]


def check_component(component: Any, n_keys: int) -> None:
    """Refuse component indices that are no keys."""
    if not np.issubdtype(component.dtype, np.integer):
        raise ValueError(f"noise.component has dtype {component.dtype}; expected integers")
    if component.size and (component.min() < 0 or component.max() >= n_keys):
        raise ValueError(f"noise.component runs from {component.min()} to {component.max()}; expected 0..{n_keys - 1}")


def batch_first(array: Any, replicates: tuple[int, ...], n_batch: int) -> Any:
    """``(*R, *B, ...)`` to ``(*B, prod R, ...)``: a view where there is no batch."""
    tail = array.shape[len(replicates) :]
    return np.moveaxis(array.reshape(math.prod(replicates), *tail), 0, n_batch)


def replicates_first(array: Any, replicates: tuple[int, ...], n_batch: int) -> Any:
    """``(*B, prod R, ...)`` back to ``(*R, *B, ...)``."""
    moved = np.moveaxis(array, n_batch, 0)
    return moved.reshape(*replicates, *moved.shape[1:])


def columns(normals: Any, replicates: tuple[int, ...], n_batch: int) -> Any:
    """Normals ``(*R, *B, ..., d)`` to ``(*B, d, L)``: the draws of all replicates, one a column."""
    rows = batch_first(normals, replicates, n_batch)
    batch, dim = rows.shape[:n_batch], rows.shape[-1]
    return np.swapaxes(rows.reshape(*batch, math.prod(rows.shape[n_batch:-1]), dim), -1, -2)


def draws_last(normals: Any, replicates: tuple[int, ...], n_batch: int) -> Any:
    """Normals ``(*R, *B, ..., d)`` to ``(*B, d, ..., prod R)``: sums over anything but replicates run along memory."""
    rows = normals.reshape(math.prod(replicates), *normals.shape[len(replicates) :])
    batch, draws, dim = range(1, n_batch + 1), range(n_batch + 1, rows.ndim - 1), rows.ndim - 1
    return rows.transpose(*batch, dim, *draws, 0)


def replicates_from_last(array: Any, replicates: tuple[int, ...]) -> Any:
    """``(*B, ..., prod R)`` back to ``(*R, *B, ...)``."""
    moved = array.transpose(array.ndim - 1, *range(array.ndim - 1))
    return moved.reshape(*replicates, *moved.shape[1:])
