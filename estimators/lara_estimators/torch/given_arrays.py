"""Arrays that a user hands to an estimator, as tensors where the problem is."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from lara_estimators.problem import Problem


def can_look(tensor: Tensor) -> bool:
    """Whether numbers can be looked at: not where there are none, while torch traces or maps, or far from the CPU.

    On an accelerator a look would wait for all that was asked of it.
    """
    if tensor.device.type != "cpu" or type(tensor).__name__ in ("FakeTensor", "FunctionalTensor"):
        return False
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    return not torch._C._functorch.is_functorch_wrapped_tensor(tensor)


def given_tensor(
    problem: Problem, name: str, array: Any, tail: tuple[int, ...], dtype: torch.dtype | None = None
) -> Tensor:
    """Return an array of NumPy or a tensor as a tensor where the problem is: ``(*B, *tail)``, or what broadcasts to it.

    Raises
    ------
    ValueError
        If it does not broadcast to that shape.
    """
    tensor = torch.as_tensor(array, dtype=dtype, device=problem.q.device)
    expected = problem.batch_shape + tail
    try:
        fits = np.broadcast_shapes(tuple(tensor.shape), expected) == expected
    except ValueError:
        fits = False
    if not fits or tensor.ndim < len(tail) or tensor.shape[-1] != tail[-1]:
        raise ValueError(f"{name} has shape {tuple(tensor.shape)}; expected {expected}, or what broadcasts to it")
    return tensor
