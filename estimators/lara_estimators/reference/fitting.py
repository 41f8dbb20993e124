"""Arrays that a user hands in: of the shape that the problem asks for, or refused."""

import numpy as np

from lara_estimators.reference.scaling import Array


def fitting(name: str, array: object, batch: tuple[int, ...], shape: tuple[int, ...]) -> Array:
    """Return what was handed in as float64, ``(*B, *shape)`` or broadcasting to it; a sentence if it does not fit."""
    numbers = np.asarray(array, dtype=np.float64)
    n_leading = numbers.ndim - len(shape)
    try:
        fits = numbers.shape[n_leading:] == shape and np.broadcast_shapes(numbers.shape[:n_leading], batch) == batch
    except ValueError:
        fits = False
    if n_leading < 0 or not fits:
        raise ValueError(f"{name} has shape {numbers.shape}; expected {(*batch, *shape)}, or what broadcasts to it")
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} holds NaN or infinity; expected finite numbers")
    return numbers
