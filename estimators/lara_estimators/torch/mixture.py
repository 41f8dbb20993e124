"""The mixture p_x of a query: what a draw says about its component, and how the law of that moves with the query."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

LOG2_E = math.log2(math.e)


class Posterior(NamedTuple):
    """What draws say of their component: ``weights`` ``(*L, M, n, S)``, which sum to one over the keys."""

    weights: Tensor

    def mean_weights(self) -> Tensor:
        """Return the weights of the keys averaged over the draws, ``(*L, n, M)``, by a product: faster than a mean."""
        n_draws = self.weights.shape[-1]
        return (self.weights @ self.weights.new_full((n_draws,), 1 / n_draws)).transpose(-1, -2)


def posterior(w: Tensor, y: Tensor, bias: Tensor, hidden: Tensor | None = None) -> Posterior:
    """Softmax over the keys of ``w . y_m + bias_m`` for the draws of every query.

    Keys lie before draws, so that maxima and sums run down columns, and exponentials are powers of 2: on a CPU half the
    time of softmax over a last axis.

    Parameters
    ----------
    w
        Draws, ``(*L, n, S, d)``.
    y, bias
        Keys ``(*B, M, d)`` and ``-|y_m|^2 / 2``, minus infinity where masked, ``(*B, M)``; L ends in B, and both are in
        units of ln 2, that is, times `LOG2_E`.
    hidden
        Keys that a query may not see, ``(n', M)``; the n queries are those n', once or several times over.
    """
    draws = w.flatten(-3, -2)
    if y.ndim == 2 and bias.ndim == 1 and draws.ndim == 2:
        logits = torch.addmm(bias.unsqueeze(-1), y, draws.T)
    else:
        logits = y @ draws.transpose(-1, -2)
        logits += bias.unsqueeze(-1)
    if hidden is not None:
        by_query = logits.unflatten(-1, (-1, hidden.shape[0], w.shape[-2]))
        logits = by_query.masked_fill(hidden.T[:, None, :, None], -torch.inf).flatten(-3)
    top = logits.detach().amax(-2, keepdim=True)
    kernel = logits.sub_(top).exp2_()
    total = kernel.sum(-2, keepdim=True)
    # in place where autograd does not need the kernel: what is allocated anew costs more than what is computed
    weights = kernel * total.reciprocal() if kernel.requires_grad else kernel.mul_(total.reciprocal())
    return Posterior(weights.unflatten(-1, w.shape[-3:-1]))


def half_square(y: Tensor, masked_bias: Tensor | None) -> Tensor:
    """``-|y_m|^2 / 2``, minus infinity where masked: ``(*B, M)``; the bias of masks is ``(*B, 1, M)``."""
    bias = (y * y).sum(-1).mul(-0.5)
    return bias if masked_bias is None else bias + masked_bias.squeeze(-2)


def score(weights: Tensor, scores: Tensor, v: Tensor) -> Tensor:
    """Zero, whose gradient is ``sum_m p_m (v_m - A(x)) grad(x . y_m)``, p the posterior weights averaged over draws.

    Parameters
    ----------
    weights, scores, v
        p ``(*R, *B, n, M)``, the query's ``x . y`` ``(*B, n, M)`` and the values ``(*B, M, e)``.
    """
    weights, v = weights.detach(), v.detach()
    exact = torch.softmax(scores.detach(), dim=-1) @ v
    pull = weights * scores.masked_fill(torch.isneginf(scores), 0)  # the weight is 0 there
    surrogate = pull @ v - pull.sum(-1, keepdim=True) * exact
    return surrogate - surrogate.detach()
