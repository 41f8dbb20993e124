"""A problem in tensors, as a twin takes it, and the numbers that it then holds."""

from typing import Any

import numpy as np

from lara_estimators import Problem


def in_torch(problem: Problem, dtype: str = "float64", device: str = "cpu") -> Problem:
    """The same problem in torch tensors of a dtype on a device; numbers are rounded to the dtype."""
    import torch

    def tensor(array: Any) -> Any:
        return torch.tensor(array, dtype=getattr(torch, dtype), device=device)

    mask = None if problem.key_mask is None else torch.tensor(problem.key_mask, device=device)
    return Problem(tensor(problem.q), tensor(problem.k), tensor(problem.v), problem.scale, mask, problem.causal)


def as_rounded(problem: Problem, dtype: str) -> Problem:
    """The same problem in float64 NumPy, with the numbers that it holds in tensors of a dtype."""
    own = in_torch(problem, dtype)
    q, k, v = (np.asarray(tensor.double().numpy()) for tensor in (own.q, own.k, own.v))
    return Problem(q, k, v, problem.scale, problem.key_mask, problem.causal)
