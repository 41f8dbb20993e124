"""Pairs of problems that differ only where an output must not see it.

An implementation leaks when what it returns for one query changes with a masked key, or with another batch item. Both
perturbations keep shapes, dtype and the mask, are large and finite, and hold float32 values.
"""

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem, ProblemError
from lara_verify.problems.family import Array, frozen

LARGE = 1e4
"""Size of what is written into masked keys and values: below the largest half-precision number, far above any logit."""


def perturb_masked(problem: Problem, rng: np.random.Generator) -> Problem:
    """Change keys and values where, and only where, they are masked; to finite numbers up to 1e4 in size.

    A problem of NumPy arrays with a mask is needed. Batch dimensions of ``k`` and ``v`` are broadcast with those of the
    mask, because a key may take part in one item and not in another.

    Raises
    ------
    ProblemError
        If no key is masked.
    """
    if problem.key_mask is None or bool(np.all(problem.key_mask)):
        raise ProblemError("the problem masks no key; expected a key_mask with at least one False")
    masked = ~np.asarray(problem.key_mask)
    k, v = (_changed(array, masked, rng) for array in (problem.k, problem.v))
    return frozen(problem.q, k, v, scale=problem.scale, key_mask=problem.key_mask)


def perturb_batch_item(problem: Problem, item: tuple[int, ...], rng: np.random.Generator) -> Problem:
    """Replace ``q``, ``k`` and ``v`` of one batch item by standard normals; all other items, and the mask, stay.

    Parameters
    ----------
    problem
        NumPy arrays with batch dimensions, which are broadcast first.
    item
        Index of the item, one entry a batch dimension.

    Raises
    ------
    ProblemError
        If there is no such item.
    """
    batch = problem.batch_shape
    if len(item) != len(batch) or any(not 0 <= i < n for i, n in zip(item, batch, strict=True)):
        raise ProblemError(f"batch item {item} does not exist; the problem has batch dimensions {batch}")
    if batch == ():
        raise ProblemError("the problem has no batch dimensions; expected at least one")
    arrays = []
    for array in (problem.q, problem.k, problem.v):
        full = np.broadcast_to(array, (*batch, *array.shape[-2:])).copy()
        full[item] = rng.standard_normal(full[item].shape)
        arrays.append(full)
    return frozen(*arrays, scale=problem.scale, key_mask=problem.key_mask)


def _changed(array: Array, masked: NDArray[np.bool_], rng: np.random.Generator) -> Array:
    batch = np.broadcast_shapes(array.shape[:-2], masked.shape[:-1])
    full = np.broadcast_to(array, (*batch, *array.shape[-2:])).copy()
    where = np.broadcast_to(masked, full.shape[:-1])
    full[where] = rng.uniform(-LARGE, LARGE, full[where].shape)
    return full
