"""The mixture p_x of a query: what a draw says about its component, and how its density moves with the query."""

import torch
from torch import Tensor


def posterior_logits(w: Tensor, y: Tensor, bias: Tensor) -> Tensor:
    """``w . y_m + bias_m`` for draws of each query: ``(*R, *B, n, S, d)`` at keys ``(*B, M, d)`` gives ``(..., S, M)``.

    With ``bias = -|y_m|^2 / 2`` (minus infinity for masked keys) softmax over m is the posterior of the component.
    """
    if y.ndim == 2 and bias.ndim == 1:
        return torch.addmm(bias, w.flatten(0, -2), y.T).unflatten(0, w.shape[:-1])
    logits = w.flatten(-3, -2) @ y.transpose(-1, -2)
    logits += bias.unsqueeze(-2)
    return logits.unflatten(-2, w.shape[-3:-1])


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
