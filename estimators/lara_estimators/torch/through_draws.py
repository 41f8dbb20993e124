"""Attention through draws that all queries share: the draws attend to the keys, then the queries to the draws."""

from typing import NamedTuple

import torch
from torch import Tensor

from lara_estimators.torch.replicates_last import is_small, through_replicates
from lara_estimators.torch.tensors import Items
from lara_estimators.torch.to_draws import to_draws
from lara_estimators.torch.to_keys import to_keys
from lara_estimators.torch.weightings import AtDraws


class Through(NamedTuple):
    """``value`` ``(R, G, N, e)``; ``log_sum`` ``(R, G, N)``, the log of the sum over draws of the weights."""

    value: Tensor
    log_sum: Tensor


class DrawnValues(NamedTuple):
    """``f`` ``(R, G, L, e)`` and ``log_mixture`` = ell ``(R, G, L)`` of every draw."""

    f: Tensor
    log_mixture: Tensor


def drawn_values(read: Items, w: Tensor, centre: Tensor | None = None) -> DrawnValues:
    """Return f and ell of draws that hold the root of the scale ``(R, G, L, d)``, for keys less the centre.

    Meanwhile replicates lie beside the draws: keys and values are not copied for them.
    """
    n_replicates, n_items, n_draws, dim = w.shape
    beside = w.transpose(0, 1).reshape(n_items, n_replicates * n_draws, dim)
    f, log_mixture = to_keys(beside, read.k, read.v, read.scale, centre, read.key_mask)
    f = f.unflatten(1, (n_replicates, n_draws)).transpose(0, 1)
    return DrawnValues(f, log_mixture.unflatten(1, (n_replicates, n_draws)).transpose(0, 1))


def through_draws(
    read: Items, w: Tensor, log_density: Tensor | None = None, centre: Tensor | None = None, pull: Tensor | None = None
) -> Through:
    r"""Average f(w_l) with weights ``exp(x . (w_l + pull_l) + ell(w_l) - log_density_l)``, normalised over draws l.

    Parameters
    ----------
    read
        The problem.
    w
        Draws ``(R, G, L, d)`` times the root of the scale: q and k are used as they are.
    log_density
        ``(R, G, L)``, of what the draws are weighted against, relative to N(0, I); None is 0.
    centre
        ``(G, 1, d)``, a constant that is taken off all keys.
    pull
        What is added to a draw where queries look at it, times that root too; None is 0.
    """
    if is_small(read, w):
        return Through(*through_replicates(read, w, log_density, centre, pull))
    n_replicates, n_items = w.shape[:2]
    f, bias = drawn_values(read, w, centre)
    if log_density is not None:
        bias = bias - log_density
    seen = w if pull is None else w + pull
    q = read.q if n_replicates == 1 else read.q.expand(n_replicates, *read.q.shape)
    value, log_sum = to_draws(
        q.reshape(n_replicates * n_items, *read.q.shape[1:]),
        seen.flatten(0, 1),
        f.flatten(0, 1),
        bias.flatten(0, 1).unsqueeze(1),
    )
    shape = (n_replicates, n_items)
    return Through(value.unflatten(0, shape), log_sum.unflatten(0, shape))


def log_kernel_offset(read: Items) -> Tensor:
    """``-|x|^2 / 2``, which the weights lack: ``(G, N)``."""
    return torch.linalg.vector_norm(read.q, dim=-1, dtype=read.compute).square().mul(-read.scale / 2)


def shift_of(read: Items, centre: Tensor | None) -> Tensor | float:
    """``x . c``, which the logits lack if keys were shifted by c: ``(G, N)``."""
    if centre is None:
        return 0.0
    return (read.q.to(read.compute) @ centre.mT).squeeze(-1) * read.scale


def log_affinities(read: Items, at: AtDraws) -> Tensor:
    """``log sum_c exp(x . mu_c)`` over the proposals that are kept: ``(G, N)``."""
    bias = None if at.kept is None else torch.zeros_like(at.mu[..., 0]).masked_fill_(~at.kept, -torch.inf).unsqueeze(1)
    return to_draws(read.q, at.mu * read.root_scale, torch.zeros_like(at.mu[..., :1]), bias).log_sum
