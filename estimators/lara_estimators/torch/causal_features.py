"""Causal random feature attention, in time and memory linear in N: sums over earlier keys, carried along.

``value_n = sum_s sum_{m <= n} exp(b_ns + a_ms) v_m``, divided by the same without v, with ``b_ns = w_s . x_n`` less the
log-density of the draw, and ``a_ms = w_s . y_m - |y_m|^2 / 2``. Queries come in blocks. Of the keys before its block a
query needs ``F_s = sum exp(a_ms - A_s) v_m`` and ``Z_s``, the same without v, where A_s is the largest a_ms of those
keys. Of the keys in its block it sums ``exp(b_ns + a_ms)`` over draws itself, term by term. Every exponent is taken
relative to the largest that this query may see: no later key has a say in what underflows.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad
from torch.utils.checkpoint import checkpoint

from lara_estimators.torch.tensors import Items
from lara_estimators.torch.through_draws import Through

BLOCK = 16
"""Queries and keys of a block."""

BLOCKS = 16
"""Of a stretch, which is worked on at once."""


class Before(NamedTuple):
    """Sums over the keys before: ``top`` A ``(R, G, S)``, ``f`` F ``(R, G, S, e)``, ``z`` Z ``(R, G, S)``."""

    top: Tensor
    f: Tensor
    z: Tensor


def through_draws_causal(read: Items, w: Tensor, log_density: Tensor | None) -> Through:
    """Average as `through_draws` does, for query n over the keys ``m <= n``; `w` holds the root of the scale."""
    n_rows, n_draws = read.q.shape[1], w.shape[2]
    if log_density is None:
        log_density = w.new_zeros(w.shape[:3])
    stretch = BLOCK * min(BLOCKS, -(-n_rows // BLOCK))
    shape = (*w.shape[:2], n_draws)
    before = Before(w.new_full(shape, _lowest(w.dtype)), w.new_zeros((*shape, read.v.shape[-1])), w.new_zeros(shape))
    parts = []
    again = torch.is_grad_enabled() and n_rows > stretch and not torch.compiler.is_compiling()
    for start in range(0, n_rows, stretch):
        rows = slice(start, start + stretch)
        mask = None if read.key_mask is None else read.key_mask[:, rows]
        given = (read.q[:, rows], read.k[:, rows], read.v[:, rows], mask, read.scale, w, log_density, stretch, *before)
        # autograd keeps of a stretch what goes in; the backward pass computes it once more
        value, log_sum, *after = checkpoint(_stretch, *given, use_reentrant=False) if again else _stretch(*given)
        before = Before(*after)
        parts.append((value[..., : n_rows - start, :].to(read.q.dtype), log_sum[..., : n_rows - start]))
    values, log_sums = zip(*parts, strict=True)
    return Through(torch.cat(values, dim=-2), torch.cat(log_sums, dim=-1))


def _stretch(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor | None,
    scale: float,
    w: Tensor,
    log_density: Tensor,
    size: int,
    *before: Tensor,
) -> tuple[Tensor, ...]:
    """Values and logs of the sums of weights of a stretch of queries, then the sums over all keys so far."""
    n_blocks = size // BLOCK
    taking_part = torch.ones(k.shape[:2], dtype=torch.bool, device=k.device) if mask is None else mask
    taking_part = pad(taking_part, (0, size - k.shape[1]))
    q, k, v = (pad(rows.to(w.dtype), (0, 0, 0, size - rows.shape[1])) for rows in (q, k, v))
    k, v = (torch.where(taking_part.unsqueeze(-1), rows, 0) for rows in (k, v))
    q, k, v = (rows.unflatten(1, (n_blocks, BLOCK)) for rows in (q, k, v))
    taking_part = taking_part.unflatten(1, (n_blocks, BLOCK)).unsqueeze(-1)

    # logits of queries and of keys, (R, G, K, T, S)
    towards = w.unsqueeze(2).mT
    b = q @ towards - log_density[:, :, None, None, :]
    a = k @ towards - (k * k).sum(-1, keepdim=True).mul(scale / 2)
    a = torch.where(taking_part, a, _lowest(w.dtype))

    # sums over each block, then over all keys before it and over all so far
    with torch.no_grad():
        tops = a.amax(-2)
        tops_so_far = torch.cat((before[0].unsqueeze(2), tops), dim=2).cummax(2).values
    own = (a - tops.unsqueeze(-2)).exp()
    f = torch.cat((before[1].unsqueeze(2), own.mT @ v), dim=2)
    z = torch.cat((before[2].unsqueeze(2), own.sum(-2)), dim=2)
    tops_of = torch.cat((before[0].unsqueeze(2), tops), dim=2)
    earlier = torch.ones(n_blocks + 1, n_blocks + 1, dtype=torch.bool, device=w.device).tril().unsqueeze(-1)
    factors = tops_of.unsqueeze(2) - tops_so_far.unsqueeze(3)
    factors = factors.masked_fill(~earlier, -torch.inf).exp()
    f = torch.einsum("rgijs,rgjse->rgise", factors, f)
    z = torch.einsum("rgijs,rgjs->rgis", factors, z)
    after = (tops_so_far[:, :, -1], f[:, :, -1], z[:, :, -1])
    top, f, z = tops_so_far[:, :, :-1], f[:, :, :-1], z[:, :, :-1]

    # every query: the keys before its block through the draws, those in it one by one
    with torch.no_grad():
        seen = torch.maximum(top.unsqueeze(-2), a.cummax(-2).values)
        largest = (b + seen).amax(-1, keepdim=True)
    to_before = (b + top.unsqueeze(-2) - largest).exp()
    later = torch.ones(BLOCK, BLOCK, dtype=torch.bool, device=w.device).triu(1).unsqueeze(-1)
    in_block = (b - largest).unsqueeze(-2) + a.unsqueeze(-3)
    kernel = in_block.masked_fill(later, -torch.inf).exp().sum(-1)
    total = (to_before * z.unsqueeze(-2)).sum(-1) + kernel.sum(-1)
    value = (to_before @ f + kernel @ v) / total.unsqueeze(-1)
    return value.flatten(2, 3), (total.log() + largest.squeeze(-1)).flatten(2, 3), *after


def _lowest(dtype: torch.dtype) -> float:
    """Less than any logit, and finite when others are added."""
    return float(torch.finfo(dtype).min) / 4
