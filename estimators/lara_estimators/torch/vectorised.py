"""What functions of many items with a gradient of their own share: the rule of vmap, and how far they differentiate."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class FirstOrder(torch.autograd.Function):
    """A gradient computed by hand, which cannot itself be differentiated."""

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep nothing."""

    @staticmethod
    def backward(_ctx: Any, *_gradients: Any) -> Any:
        """Say what was asked for."""
        raise RuntimeError(
            "the gradient of a blockwise attention was differentiated; only first derivatives are provided"
        )


def by_items(
    function: Callable[..., tuple[Tensor | None, ...]],
    size: int,
    in_dims: tuple[int | None, ...],
    args: tuple[Any, ...],
) -> tuple[tuple[Tensor | None, ...], tuple[int | None, ...]]:
    """Call a function whose tensors are all ``(G, ...)`` once, with `size` times as many items.

    This is what ``torch.func.vmap`` does with it: the axis that it maps over becomes more items.
    """
    outputs = function(*(_fold(arg, axis, size) for arg, axis in zip(args, in_dims, strict=True)))
    unfolded = tuple(None if output is None else _unfold(output, size) for output in outputs)
    return unfolded, tuple(None if output is None else 0 for output in outputs)


def _fold(arg: Any, axis: int | None, size: int) -> Any:
    if not isinstance(arg, Tensor):
        return arg
    mapped = arg.expand(size, *arg.shape) if axis is None else arg.movedim(axis, 0)
    return mapped.flatten(0, 1)


def _unfold(output: Tensor, size: int) -> Tensor:
    return output.unflatten(0, (size, output.shape[0] // max(1, size)))
