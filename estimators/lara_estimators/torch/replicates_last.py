"""Attention through draws for many replicates of a small problem: replicates on the last axis, side by side in memory.

Batched products of small matrices, and sums and maxima over a short last axis, cost several times their arithmetic.
With the replicates last, keys meet all draws of all replicates in one product, and everything else runs along them.
Here logarithms have base 2: powers of 2 cost less than half of exponentials.
"""

import math

import torch
from torch import Tensor

from lara_estimators.torch.tensors import Items

LOG_2 = math.log(2)

LEAST_REPLICATES = 32
MOST_LOGITS = 2**14
"""Of one replicate and item, up to which a problem is small."""

AT_ONCE = 2**18
"""Logits of queries that are held at a time."""


def is_small(read: Items, w: Tensor) -> bool:
    """Whether draws ``(R, G, L, d)`` are many replicates of a small problem."""
    logits = (read.q.shape[1] + read.k.shape[1]) * w.shape[2]
    return bool(w.shape[0] >= LEAST_REPLICATES and logits <= MOST_LOGITS)


def through_replicates(
    read: Items, w: Tensor, log_density: Tensor | None, centre: Tensor | None, pull: Tensor | None
) -> tuple[Tensor, Tensor]:
    """Return what `through_draws` does: ``(R, G, N, e)`` and ``(R, G, N)``."""
    n_items, n_queries, n_draws = w.shape[1], read.q.shape[1], w.shape[2]
    at_once = max(LEAST_REPLICATES, AT_ONCE // (n_items * n_queries * n_draws))
    if w.shape[0] <= at_once:
        return _through(read, w, log_density, centre, pull)
    done = [
        _through(read, some, None if log_density is None else log_density[start : start + at_once], centre, pull)
        for start, some in zip(range(0, w.shape[0], at_once), w.split(at_once), strict=True)
    ]
    values, log_sums = zip(*done, strict=True)
    return torch.cat(values), torch.cat(log_sums)


def _through(
    read: Items, w: Tensor, log_density: Tensor | None, centre: Tensor | None, pull: Tensor | None
) -> tuple[Tensor, Tensor]:
    n_replicates, n_items, n_draws, dim = w.shape
    k, v = read.k.to(w.dtype), read.v.to(w.dtype)
    k = k if centre is None else k - centre
    key_bias = (k * k).sum(-1, keepdim=True).mul(-read.scale / 2 / LOG_2)
    if read.key_mask is not None:
        masked = ~read.key_mask.unsqueeze(-1)
        k, v = k.masked_fill(masked, 0), v.masked_fill(masked, 0)
        key_bias = key_bias.masked_fill(masked, -torch.inf)

    # draws to keys, (G, M, L R); a one beside every value sums the weights
    columns = w.permute(1, 3, 2, 0).reshape(n_items, dim, n_draws * n_replicates)
    kernel = torch.baddbmm(key_bias, k, columns, alpha=1 / LOG_2)
    bias = kernel.detach().amax(1, keepdim=True)
    kernel = kernel.sub_(bias).exp2_()
    ones = v.new_ones((n_items, v.shape[1], 1))
    sums = (torch.cat((v, ones), -1).mT @ kernel).unflatten(2, (1, n_draws, n_replicates))
    del kernel  # the next matrix takes its place in memory
    if log_density is not None:
        bias = torch.sub(bias, log_density.permute(1, 2, 0).reshape(bias.shape), alpha=1 / LOG_2)

    # queries to draws, (G, N, L, R)
    if pull is not None:
        columns = columns + pull.mT.repeat_interleave(n_replicates, dim=-1)
    weights = torch.baddbmm(bias, read.q.to(w.dtype), columns, alpha=1 / LOG_2).unflatten(2, (n_draws, n_replicates))
    top = weights.detach().amax(2, keepdim=True)
    weights = weights.sub_(top).exp2_()
    draws = zip(weights.unsqueeze(2).unbind(-2), sums.movedim(2, 1).unbind(-2), strict=True)
    weighted = torch.mul(*next(draws))
    for factor, values in draws:
        weighted = weighted.addcmul_(factor, values)
    value, total = weighted[:, :, :-1], weighted[:, :, -1:]
    log_sum = (top + total.log2()).squeeze(2).mul(LOG_2)
    return (value / total).permute(3, 0, 1, 2).to(read.q.dtype), log_sum.permute(2, 0, 1)
