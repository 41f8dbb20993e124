"""Rows of keys or values, looked up by the drawn index."""

import math
from typing import Any

import numpy as np

from lara_estimators.reference.scaling import Array


def rows_of(y: Array, batch: tuple[int, ...], component: np.ndarray[Any, np.dtype[np.intp]]) -> Array:
    """Rows ``y_m`` for the drawn m: ``(*B, ...)`` indices into ``(*B, M, d)`` give ``(*B, ..., d)``."""
    if not batch:
        return np.take(y, component, axis=0)
    table = np.broadcast_to(y, (*batch, *y.shape[-2:])).reshape(-1, y.shape[-1])
    first_row = y.shape[-2] * np.arange(math.prod(batch)).reshape(*batch, *(1,) * (component.ndim - len(batch)))
    rows: Array = np.take(table, component + first_row, axis=0)
    return rows
