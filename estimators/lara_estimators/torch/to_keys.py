"""Attention of few rows over many, in blocks of the many: the draws over the keys, never holding ``L M`` numbers."""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lara_estimators.torch.blocks import PART_AT_PEAK, Block, blocks, buffer_for, product_into, take
from lara_estimators.torch.vectorised import FirstOrder, by_items

LOG_2 = math.log(2)


class ToKeys(NamedTuple):
    """``f`` ``(G, L, e)`` and ``log_mixture`` = ell ``(G, L)``."""

    f: Tensor
    log_mixture: Tensor


def to_keys(
    w: Tensor, k: Tensor, v: Tensor, scale: float, centre: Tensor | None = None, key_mask: Tensor | None = None
) -> ToKeys:
    r"""Average the values with weights ``softmax_m(w_l . k_m - scale |k_m|^2 / 2)``; ell is the log of their sum.

    Parameters
    ----------
    w
        Draws ``(G, L, d)``, in the compute dtype; they hold the root of the scale, so that ``w . k`` is ``w . y``.
    k, v
        ``(G, M, d)``, ``(G, M, e)``, of any floating dtype.
    scale
        Of the logits of the problem.
    centre
        ``(G, 1, d)``, what is taken off every key, block by block; a constant to autograd.
    key_mask
        Booleans ``(G, M)``.
    """
    return ToKeys(*_ToKeys.apply(w, k, v, centre, key_mask, scale))


class _ToKeys(torch.autograd.Function):
    @staticmethod
    def forward(
        w: Tensor, k: Tensor, v: Tensor, centre: Tensor | None, key_mask: Tensor | None, scale: float
    ) -> tuple[Tensor, Tensor]:
        n_items, n_draws = w.shape[:2]
        f = w.new_zeros((n_items, n_draws, v.shape[-1]))
        top, total = w.new_full((n_items, n_draws, 1), torch.finfo(w.dtype).min), w.new_zeros((n_items, n_draws, 1))
        cut = blocks(k, n_draws)
        buffer = buffer_for(cut, n_draws, w)
        for block in cut:
            items = block[0]
            keys, values, bias = _read(k, v, centre, key_mask, scale, block, w.dtype)
            logits = take(buffer, keys.shape[0], n_draws, keys.shape[1])
            torch.baddbmm(bias.unsqueeze(1), w[items], keys.mT, alpha=1 / LOG_2, out=logits)
            largest = torch.maximum(top[items], logits.amax(-1, keepdim=True))
            weights = logits.sub_(largest).exp2_()
            shrink = torch.exp2(top[items] - largest)
            top[items] = largest
            total[items] = total[items] * shrink + weights.sum(-1, keepdim=True)
            f[items].mul_(shrink).baddbmm_(weights, values)
        log_mixture = total.log2().add_(top).mul_(LOG_2).squeeze(-1)
        return f.div_(total), log_mixture

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
        w, k, v, centre, key_mask, ctx.scale = inputs
        ctx.save_for_backward(w, k, v, centre, key_mask, *output)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, d_f: Tensor | None, d_log_mixture: Tensor | None) -> tuple[Tensor | None, ...]:
        wanted = tuple(ctx.needs_input_grad[:3])
        return (*_Gradient.apply(*ctx.saved_tensors, d_f, d_log_mixture, ctx.scale, wanted), None, None, None)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Any, Any]:
        return by_items(_ToKeys.apply, info.batch_size, in_dims, args)


class _Gradient(FirstOrder):
    """The weights are computed again, block by block."""

    @staticmethod
    def forward(
        w: Tensor,
        k: Tensor,
        v: Tensor,
        centre: Tensor | None,
        key_mask: Tensor | None,
        f: Tensor,
        log_mixture: Tensor,
        d_f: Tensor | None,
        d_log_mixture: Tensor | None,
        scale: float,
        wanted: tuple[bool, ...],
    ) -> tuple[Tensor | None, ...]:
        wants_w, wants_k, wants_v = wanted
        d_f = torch.zeros_like(f) if d_f is None else d_f
        shift = -(d_f * f).sum(-1) if d_log_mixture is None else d_log_mixture - (d_f * f).sum(-1)
        d_w = torch.zeros_like(w) if wants_w else None
        d_k = torch.empty_like(k, memory_format=torch.contiguous_format) if wants_k else None
        d_v = torch.empty_like(v, memory_format=torch.contiguous_format) if wants_v else None
        cut = blocks(k, w.shape[1], PART_AT_PEAK)
        buffer, other = buffer_for(cut, w.shape[1], w), buffer_for(cut, w.shape[1], w)
        for block in cut:
            items = block[0]
            keys, values, bias = _read(k, v, centre, key_mask, scale, block, w.dtype)
            weights = take(buffer, *keys.shape[:2], w.shape[1])
            torch.sub(bias.unsqueeze(-1), log_mixture[items].mul(1 / LOG_2).unsqueeze(1), out=weights)
            weights.baddbmm_(keys, w[items].mT, alpha=1 / LOG_2).exp2_()
            if d_v is not None:
                product_into(d_v[block], weights, d_f[items])
            if d_w is None and d_k is None:
                continue
            d_logits = take(other, *weights.shape)
            torch.baddbmm(shift[items].unsqueeze(1), values, d_f[items].mT, out=d_logits).mul_(weights)
            if d_w is not None:
                d_w[items].baddbmm_(d_logits.mT, keys)
            if d_k is not None:
                exact = d_k[block] if d_k.dtype == w.dtype else torch.empty_like(keys)
                torch.bmm(d_logits, w[items], out=exact)
                exact.addcmul_(keys, d_logits.sum(-1, keepdim=True), value=-scale)
                if exact.dtype != d_k.dtype:
                    d_k[block] = exact
        return d_w, d_k, d_v

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Any, Any]:
        return by_items(_Gradient.apply, info.batch_size, in_dims, args)


def _read(
    k: Tensor, v: Tensor, centre: Tensor | None, key_mask: Tensor | None, scale: float, block: Block, dtype: torch.dtype
) -> tuple[Tensor, Tensor, Tensor]:
    """Keys and values of a block in the compute dtype, 0 where masked, and ``-scale |k|^2 / 2``, lowest where masked.

    That is in base 2, as are all logits here: powers of 2 cost less than half of exponentials.

    Lowest and not minus infinity, as a block may hold no key that takes part: it then weighs nothing beside others.
    """
    keys, values = k[block].to(dtype), v[block].to(dtype)
    if centre is not None:
        keys = keys - centre[block[0]]
    if key_mask is None:
        return keys, values, _half_norms(keys, scale)
    masked = ~key_mask[block]
    keys, values = keys.masked_fill(masked.unsqueeze(-1), 0), values.masked_fill(masked.unsqueeze(-1), 0)
    return keys, values, _half_norms(keys, scale).masked_fill_(masked, torch.finfo(dtype).min)


def _half_norms(keys: Tensor, scale: float) -> Tensor:
    return torch.linalg.vector_norm(keys, dim=-1).square_().mul_(-scale / 2 / LOG_2)
