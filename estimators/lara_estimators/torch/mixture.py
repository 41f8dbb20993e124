"""The mixture p_x of a query: what a draw says about its component, and how its density moves with the query."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

LOG2_E = math.log2(math.e)


class Posterior(NamedTuple):
    """What draws say of their component: ``weights`` ``(*L, M, n, S)``, which sum to one over the keys.

    ``exponent`` and ``total`` ``(*L, n, S)``: the logits' sum of exponentials is ``2^exponent total``.
    """

    weights: Tensor
    exponent: Tensor
    total: Tensor

    def mean_weights(self) -> Tensor:
        """Return the weights of the keys averaged over the draws, ``(*L, n, M)``, by a product: faster than a mean."""
        n_draws = self.weights.shape[-1]
        return (self.weights @ self.weights.new_full((n_draws,), 1 / n_draws)).transpose(-1, -2)

    def log_mixture(self) -> Tensor:
        """Return ell of the draws."""
        return (self.total.log2() + self.exponent) / LOG2_E


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
    shape = w.shape[-3:-1]
    # in place where autograd does not need the kernel: what is allocated anew costs more than what is computed
    weights = kernel * total.reciprocal() if kernel.requires_grad else kernel.mul_(total.reciprocal())
    exponent, one_total = (part.squeeze(-2).unflatten(-1, shape) for part in (top, total))
    return Posterior(weights.unflatten(-1, shape), exponent, one_total)


def half_square(y: Tensor, masked_bias: Tensor | None) -> Tensor:
    """``-|y_m|^2 / 2``, minus infinity where masked: ``(*B, M)``; the bias of masks is ``(*B, 1, M)``."""
    bias = (y * y).sum(-1).mul(-0.5)
    return bias if masked_bias is None else bias + masked_bias.squeeze(-2)


def score(f: Tensor, w: Tensor, log_mixture: Tensor, x: Tensor, scores: Tensor, v: Tensor) -> Tensor:
    """Zero, whose gradient is the mean over draws of ``(f(w_s) - A(x)) grad log p_x(w_s)`` at fixed draws.

    ``log p_x(w) = w . x - |x|^2 / 2 + ell(w) - log Z(x)``, up to what does not depend on queries or keys.

    Parameters
    ----------
    f, w, log_mixture
        f(w_s) ``(*R, *B, n, S, e)``, the draws ``(*R, *B, n, S, d)`` and ell(w_s) ``(*R, *B, n, S)``.
    x, scores, v
        Queries ``(*B, n, d)``, their ``x . y`` ``(*B, n, M)`` and the values ``(*B, M, e)``.
    """
    exact = (torch.softmax(scores, dim=-1) @ v).unsqueeze(-2)
    log_z = torch.logsumexp(scores, dim=-1, keepdim=True)
    log_density = (w.detach() @ x.unsqueeze(-1)).squeeze(-1) + log_mixture
    log_density = log_density - ((x * x).sum(-1, keepdim=True).mul(0.5) + log_z)
    surrogate = ((f - exact).detach() * log_density.unsqueeze(-1)).mean(-2)
    return surrogate - surrogate.detach()
