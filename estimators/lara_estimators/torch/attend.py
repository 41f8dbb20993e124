"""The two attentions that random features are made of: draws to keys, queries to draws."""

from typing import NamedTuple

import torch
from torch import Tensor

from lara_estimators.torch.tensors import Inputs


class ToKeys(NamedTuple):
    """``f`` is ``(*R, *B, L, e)``; ``log_mixture`` = ell is ``(*R, *B, 1, L)``, for L draws."""

    f: Tensor
    log_mixture: Tensor


class ToDraws(NamedTuple):
    """``value`` is ``(*R, *B, N, e)``; ``log_weights`` ``(*R, *B, N, L)``; ``log_sum`` ``(*R, *B, N)``."""

    value: Tensor
    log_weights: Tensor
    log_sum: Tensor


def key_bias(read: Inputs) -> Tensor:
    """``-|y_m|^2 / 2`` of every key, minus infinity where masked: ``(*B, 1, M)``."""
    bias = (read.k * read.k).sum(-1).mul(-0.5 * read.root_scale**2).unsqueeze(-2)
    return bias if read.bias is None else bias + read.bias


def draws_to_keys(w: Tensor, read: Inputs) -> ToKeys:
    """Softmax attention of the draws over the keys, with bias; `w` holds the root of the scale: ``w . k`` is ``w . y``.

    The largest logit is a constant to autograd: it cancels, so that subtraction and exp may work in place.
    """
    kernel = w @ read.k.transpose(-1, -2)
    kernel += key_bias(read)
    top = kernel.detach().amax(-1, keepdim=True)
    kernel = kernel.sub_(top).exp_()
    total = kernel.sum(-1, keepdim=True)
    return ToKeys((kernel @ read.v) / total, (top + total.log()).transpose(-1, -2))


def queries_to_draws(logits: Tensor, f: Tensor, sign: Tensor | None = None) -> ToDraws:
    """Average f with weights exp(logits), with signs if given: then logarithms are complex."""
    top = logits.detach().amax(-1, keepdim=True)
    shifted = logits - top
    omega = shifted.exp()
    if sign is not None:
        omega = omega * sign
        shifted = torch.complex(shifted, torch.pi * (sign < 0).to(shifted.dtype))
    total = omega.sum(-1, keepdim=True)
    log_total = total.log() if sign is None else torch.complex(total, torch.zeros_like(total)).log()
    return ToDraws((omega @ f) / total, shifted - log_total, (log_total + top).squeeze(-1))
