"""Attention of many rows over few, in blocks of the many: the queries over the draws, never holding ``N L`` numbers."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from lara_estimators.torch.blocks import PART_AT_PEAK, Block, blocks, buffer_for, product_into, take
from lara_estimators.torch.vectorised import FirstOrder, by_items


class ToDraws(NamedTuple):
    """``value`` ``(G, N, e)`` and the logarithm of the sum of weights, ``log_sum`` ``(G, N)``."""

    value: Tensor
    log_sum: Tensor


def to_draws(
    rows: Tensor, w: Tensor, f: Tensor, bias: Tensor | None = None, scale: float = 1.0, causal: bool = False
) -> ToDraws:
    r"""Average f with weights ``softmax_l(scale x . w_l + bias_l)`` for every row x.

    Parameters
    ----------
    rows
        ``(G, N, d)``, of any floating dtype; the value has it too.
    w, f
        ``(G, L, d)``, ``(G, L, e)``, in the compute dtype.
    bias
        ``(G, 1, L)``; minus infinity takes no part; None is 0.
    scale
        Of the products.
    causal
        Whether row n sees ``l <= n`` only.
    """
    return ToDraws(*_ToDraws.apply(rows, w, f, bias, scale, causal))


class _ToDraws(torch.autograd.Function):
    @staticmethod
    def forward(
        rows: Tensor, w: Tensor, f: Tensor, bias: Tensor | None, scale: float, causal: bool
    ) -> tuple[Tensor, Tensor]:
        n_items, n_rows = rows.shape[:2]
        value = rows.new_empty((n_items, n_rows, f.shape[-1]))
        log_sum = f.new_empty((n_items, n_rows))
        cut = blocks(rows, w.shape[1], PART_AT_PEAK)
        buffer = buffer_for(cut, w.shape[1], f)
        for block in cut:
            seen = _seen(block, causal)
            logits = _logits(rows[block].to(f.dtype), w, bias, scale, block, causal, buffer)
            top = logits.amax(-1)
            weights = torch.softmax(logits, -1, out=logits)
            torch.sub(top, weights.amax(-1).log_(), out=log_sum[block])  # the largest weight is 1 / sum exp(. - top)
            product_into(value[block], weights, f[seen])
        return value, log_sum

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], _output: tuple[Tensor, Tensor]) -> None:
        rows, w, f, bias, ctx.scale, ctx.causal = inputs
        ctx.save_for_backward(rows, w, f, bias)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, d_value: Tensor | None, d_log_sum: Tensor | None) -> tuple[Tensor | None, ...]:
        wanted = tuple(ctx.needs_input_grad[:4])
        return (*_Gradient.apply(*ctx.saved_tensors, d_value, d_log_sum, ctx.scale, ctx.causal, wanted), None, None)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Any, Any]:
        return by_items(_ToDraws.apply, info.batch_size, in_dims, args)


class _Gradient(FirstOrder):
    """The weights are computed again, block by block."""

    @staticmethod
    def forward(
        rows: Tensor,
        w: Tensor,
        f: Tensor,
        bias: Tensor | None,
        d_value: Tensor | None,
        d_log_sum: Tensor | None,
        scale: float,
        causal: bool,
        wanted: tuple[bool, ...],
    ) -> tuple[Tensor | None, ...]:
        wants_rows, wants_w, wants_f, wants_bias = wanted
        d_rows = torch.empty_like(rows, memory_format=torch.contiguous_format) if wants_rows else None
        d_w = torch.zeros_like(w) if wants_w else None
        d_f = torch.zeros_like(f) if wants_f else None
        d_bias = torch.zeros_like(bias) if bias is not None and wants_bias else None
        cut = blocks(rows, w.shape[1])
        buffer, other = buffer_for(cut, w.shape[1], f), buffer_for(cut, w.shape[1], f)
        for block in cut:
            seen = _seen(block, causal)
            x = rows[block].to(f.dtype)
            logits = _logits(x, w, bias, scale, block, causal, buffer)
            weights = torch.softmax(logits, -1, out=logits)
            d_logits = take(other, *weights.shape)
            if d_value is None:
                d_logits.zero_()
            else:
                g = d_value[block].to(f.dtype)
                if d_f is not None:
                    d_f[seen].baddbmm_(weights.mT, g)
                torch.bmm(g, f[seen].mT, out=d_logits)
                torch._softmax_backward_data(d_logits, weights, -1, f.dtype, grad_input=d_logits)
            if d_log_sum is not None:
                d_logits.addcmul_(weights, d_log_sum[block].unsqueeze(-1))
            if d_rows is not None:
                product_into(d_rows[block], d_logits, w[seen], scale)
            if d_w is not None:
                d_w[seen].baddbmm_(d_logits.mT, x, alpha=scale)
            if d_bias is not None:
                d_bias[block[0], :, seen[1]] += d_logits.sum(-2, keepdim=True)
        return d_rows, d_w, d_f, d_bias

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any) -> tuple[Any, Any]:
        return by_items(_Gradient.apply, info.batch_size, in_dims, args)


def _seen(block: Block, causal: bool) -> Block:
    """Return what of the few the rows of a block may see at all."""
    items, rows = block
    return items, slice(0, rows.stop if causal else None)


def _logits(
    x: Tensor, w: Tensor, bias: Tensor | None, scale: float, block: Block, causal: bool, buffer: Tensor
) -> Tensor:
    items, few = seen = _seen(block, causal)
    w = w[seen]
    logits = take(buffer, x.shape[0], x.shape[1], w.shape[1])
    if bias is None:
        torch.baddbmm(logits, x, w.mT, beta=0, alpha=scale, out=logits)
    else:
        torch.baddbmm(bias[items, :, few], x, w.mT, alpha=scale, out=logits)
    if causal:
        position = torch.arange(w.shape[1], device=w.device)
        logits.masked_fill_(position > position[block[1]].unsqueeze(-1), -torch.inf)
    return logits
