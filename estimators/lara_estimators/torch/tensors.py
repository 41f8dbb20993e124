"""From a problem to tensors ready for the formulas: compute dtype, root of the scale, mask as a bias."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lara_estimators.problem import Problem


class Inputs(NamedTuple):
    """Queries, keys and values as they are, in the compute dtype; the scale is folded in where it is cheapest.

    ``bias`` is ``(*B, 1, M)``, 0 for keys that take part and minus infinity for masked ones, or None where all do.
    Masked rows of `k` and `v` are 0. ``mean`` is ``(*B, 1, d)``, what was taken off the keys. ``dtype`` is the dtype
    of the problem: what is returned.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    root_scale: float
    bias: Tensor | None
    mean: Tensor
    dtype: torch.dtype


class Items(NamedTuple):
    """The problem as it is, batch dimensions flattened to G items: nothing copied, in the dtype of the problem.

    ``q`` ``(G, N, d)``, ``k`` ``(G, M, d)``, ``v`` ``(G, M, e)``, ``key_mask`` ``(G, M)`` or None; ``compute`` is the
    dtype that formulas work in, float32 for half precision.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    key_mask: Tensor | None
    scale: float
    compute: torch.dtype

    @property
    def root_scale(self) -> float:
        """Root of the scale: x = root_scale q."""
        return math.sqrt(self.scale)


def items(problem: Problem) -> Items:
    """Read the problem for the blockwise attentions."""
    batch = problem.batch_shape
    n_items = math.prod(batch)

    def flat(tensor: Tensor, n_axes: int) -> Tensor:
        tail = tensor.shape[tensor.ndim - n_axes :]
        return tensor.expand(*batch, *tail).reshape(n_items, *tail)

    q, k, v = (flat(tensor, 2) for tensor in (problem.q, problem.k, problem.v))
    key_mask = None if problem.key_mask is None else flat(problem.key_mask, 1)
    return Items(q, k, v, key_mask, problem.scale, compute_dtype(problem))


def compute_dtype(problem: Problem) -> torch.dtype:
    """Return the dtype that formulas work in: half precision is computed in float32."""
    dtype: torch.dtype = problem.q.dtype
    return torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype


def inputs(problem: Problem, *, centred: bool = False) -> Inputs:
    """Read the problem; half precision is computed in float32. `centred` takes the mean unmasked key off the keys."""
    dtype, compute = problem.q.dtype, compute_dtype(problem)
    q, k, v = problem.q.to(compute), problem.k.to(compute), problem.v.to(compute)
    root_scale = problem.scale**0.5
    mean = k.new_zeros(1, problem.dim)
    if problem.key_mask is None:
        if centred:
            mean = k.mean(dim=-2, keepdim=True)
            k = k - mean
        return Inputs(q, k, v, root_scale, None, mean, dtype)
    masked = ~problem.key_mask.unsqueeze(-1)
    k, v = k.masked_fill(masked, 0), v.masked_fill(masked, 0)
    if centred:
        mean = k.sum(dim=-2, keepdim=True) / problem.key_mask.sum(-1)[..., None, None]
        k = (k - mean).masked_fill(masked, 0)
    bias = torch.zeros_like(problem.key_mask, dtype=compute).masked_fill(~problem.key_mask, -torch.inf).unsqueeze(-2)
    return Inputs(q, k, v, root_scale, bias, mean, dtype)


def on_device_of(problem: Problem, noise: Any, read: Inputs | None = None) -> Tensor:
    """One array of noise, NumPy's or a tensor, as a tensor where the problem is; floats in the compute dtype."""
    tensor = torch.as_tensor(noise, device=problem.q.device)
    return tensor.to(read.v.dtype) if read is not None else tensor


def rows_of(table: Tensor, batch: tuple[int, ...], component: Tensor) -> Tensor:
    """Rows of keys or values at the drawn indices: ``(*B, M, d)`` at ``(*R, *B, N, S)`` gives ``(*R, *B, N, S, d)``."""
    if not batch:
        return table.index_select(0, component.flatten()).reshape(*component.shape, table.shape[-1])
    n_keys, width = table.shape[-2:]
    first = torch.arange(math.prod(batch), device=table.device).mul_(n_keys).reshape(*batch, 1, 1)
    flat = table.expand(*batch, n_keys, width).reshape(-1, width)
    return flat.index_select(0, (component + first).flatten()).reshape(*component.shape, width)


def check_n_samples(n_samples: object, name: str = "n_samples") -> None:
    """Refuse anything but an int of at least 1."""
    if type(n_samples) is not int or n_samples < 1:
        raise ValueError(f"{name} is {n_samples!r}; expected an int, at least 1")


def check_shape(name: str, tensor: Tensor, batch: tuple[int, ...], tail: tuple[int, ...]) -> tuple[int, ...]:
    """Return the replicate axes of noise ``(*R, *B, *tail)``, or say what its shape should be."""
    expected = batch + tail
    n_leading = tensor.ndim - len(expected)
    if n_leading < 0 or tuple(tensor.shape[n_leading:]) != expected:
        wanted = ", ".join(str(size) for size in expected)
        raise ValueError(f"noise.{name} has shape {tuple(tensor.shape)}; expected (*replicates, {wanted})")
    return tuple(tensor.shape[:n_leading])
