"""Landmarks: means of contiguous segments of queries and keys."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from lara_estimators.problem import Problem
from lara_estimators.torch.tensors import Items
from lara_estimators.torch.vectorised import by_items

KEYS_IN_CENTRE = 128
"""At most; of more keys as many are taken, evenly spaced."""

LEAST_CENTRED, MOST_CENTRED = 2**18, 2**21
"""Numbers of centred rows that are held at a time; between these, half of them: nothing else that is large is there."""


class Landmarks(NamedTuple):
    """Unscaled means of segments ``q_bar``, ``k_bar`` ``(G, C, d)``, k_bar of keys less the centre ``(G, 1, d)``.

    ``kept`` ``(G, C)`` is None where no proposal can be dropped. ``read`` holds the same queries and keys: what goes on
    must use those, so that their gradient passes through here, where that of the means is added to it in place.
    """

    read: Items
    q_bar: Tensor
    k_bar: Tensor
    kept: Tensor | None
    centre: Tensor


def check_fits(n_proposals: int, problem: Problem) -> None:
    """Refuse more proposals than there are queries or keys."""
    n_queries, n_keys = problem.n_queries, problem.n_keys
    if n_proposals > min(n_queries, n_keys):
        raise ValueError(
            f"n_proposals is {n_proposals} but there are {n_queries} queries and {n_keys} keys; "
            f"expected at most {min(n_queries, n_keys)}"
        )


def centre_of(read: Items) -> Tensor:
    """Return a point amid the keys ``(G, 1, d)``, their mean if they are few or some masked; a constant to autograd.

    Any point does, as shifting all keys changes nothing but rounding: a mean of some keys spares one pass over all.
    """
    with torch.no_grad():
        if read.key_mask is not None:
            summed = read.k.masked_fill(~read.key_mask.unsqueeze(-1), 0).sum(-2, keepdim=True, dtype=read.compute)
            return summed / read.key_mask.sum(-1)[..., None, None]
        step = -(-read.k.shape[-2] // KEYS_IN_CENTRE)
        return read.k[..., ::step, :].to(read.compute).mean(-2, keepdim=True)


def landmarks(read: Items, n_proposals: int, centre: Tensor) -> Landmarks:
    """Means over segments, the longer ones first; masked keys are left out of their segment."""
    q, q_bar = segment_means(read.q, n_proposals, read.compute)
    k, k_bar = segment_means(read.k, n_proposals, read.compute, centre, read.key_mask)
    kept = None
    if read.key_mask is not None:
        kept = torch.cat([part.any(-1) for part in _segments(read.key_mask, n_proposals)], dim=1)
    return Landmarks(read._replace(q=q, k=k), q_bar, k_bar, kept, centre)


def segment_means(
    rows: Tensor, n_segments: int, dtype: torch.dtype, centre: Tensor | None = None, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Return the rows ``(G, N, d)`` and the means of their segments ``(G, C, d)``, less the centre."""
    # nothing to accumulate, or a compiler, which does not take an output that is an input
    if not rows.requires_grad or torch.compiler.is_compiling():
        return rows, _means(rows, n_segments, dtype, centre, mask)
    same, means = _SegmentMeans.apply(rows, n_segments, dtype, centre, mask)
    return same, means


class _SegmentMeans(torch.autograd.Function):
    """Hands the rows through beside their means.

    So nothing of the size of the rows is made in the backward pass: the gradient of the means is added in place to that
    of the rows, which whoever they were handed to has just made.
    """

    @staticmethod
    def forward(
        rows: Tensor, n_segments: int, dtype: torch.dtype, centre: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        return rows.view_as(rows), _means(rows, n_segments, dtype, centre, mask)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: tuple[Tensor, Tensor]) -> None:
        rows, ctx.n_segments, _, _, mask = inputs
        ctx.save_for_backward(mask)
        ctx.set_materialize_grads(False)
        ctx.shape, ctx.dtype = rows.shape, rows.dtype

    @staticmethod
    def backward(ctx: Any, d_rows: Tensor | None, d_means: Tensor | None) -> tuple[Tensor | None, ...]:
        (mask,) = ctx.saved_tensors
        if d_means is not None:
            if d_rows is None:
                d_rows = d_means.new_zeros(ctx.shape, dtype=ctx.dtype)
            elif torch.is_grad_enabled():  # it is differentiated again, and must stay as it was
                d_rows = d_rows.clone()
            first = 0
            masks = [None, None] if mask is None else _segments(mask, ctx.n_segments)
            for part, taking_part in zip(_segments(d_rows, ctx.n_segments), masks, strict=False):
                own = d_means[:, first : first + part.shape[1]].unsqueeze(-2)
                first += part.shape[1]
                if taking_part is None:
                    part += (own / part.shape[2]).to(part.dtype)
                else:
                    count = taking_part.sum(-1).clamp_min(1)[..., None, None]
                    part += torch.where(taking_part.unsqueeze(-1), own / count, 0).to(part.dtype)
        return d_rows, None, None, None, None

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Any, Any]:
        return by_items(_SegmentMeans.apply, info.batch_size, in_dims, args)


def _means(rows: Tensor, n_segments: int, dtype: torch.dtype, centre: Tensor | None, mask: Tensor | None) -> Tensor:
    masks = [None, None] if mask is None else _segments(mask, n_segments)
    means = []
    for part, taking_part in zip(_segments(rows, n_segments), masks, strict=False):
        if centre is None and taking_part is None and part.dtype == dtype:
            means.append(part.sum(-2) / part.shape[2])
            continue
        held = max(LEAST_CENTRED, min(MOST_CENTRED, part.numel() // 2))
        at_once = max(1, held // max(1, part.shape[0] * part.shape[2] * part.shape[3]))
        for first in range(0, part.shape[1], at_once):
            some = part[:, first : first + at_once].to(dtype)
            some = some if centre is None else some - centre.unsqueeze(1)
            if taking_part is None:
                means.append(some.sum(-2) / part.shape[2])
                continue
            here = taking_part[:, first : first + at_once].unsqueeze(-1)
            means.append(torch.where(here, some, 0).sum(-2) / here.sum(-2).clamp_min(1))
    return torch.cat(means, dim=1)


def _segments(rows: Tensor, n_segments: int) -> list[Tensor]:
    """Views ``(G, longer, size + 1, ...)``, if there are any, and ``(G, shorter, size, ...)``."""
    size, n_longer = divmod(rows.shape[1], n_segments)
    border = n_longer * (size + 1)
    shorter = rows[:, border:].unflatten(1, (n_segments - n_longer, size))
    return [rows[:, :border].unflatten(1, (n_longer, size + 1)), shorter] if n_longer else [shorter]
