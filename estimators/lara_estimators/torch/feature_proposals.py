"""The laws N(mu, Sigma) that random features are drawn from, and what their density is there."""

from typing import NamedTuple

import torch
from torch import Tensor

from lara_estimators.given import GivenProposal
from lara_estimators.problem import Problem
from lara_estimators.torch.given_arrays import can_look, given_tensor
from lara_estimators.torch.tensors import Items

NAMES = ("standard", "isotropic", "diagonal")


class Drawn(NamedTuple):
    """``w`` ``(R, G, S, d)`` and the log of its density relative to N(0, I), ``(R, G, S)``; None is 0."""

    w: Tensor
    log_density: Tensor | None


def check_proposal(proposal: object) -> None:
    """Refuse what is neither a name nor given."""
    if not isinstance(proposal, GivenProposal) and proposal not in NAMES:
        raise ValueError(f"proposal is {proposal!r}; expected {', '.join(NAMES)} or GivenProposal")


def drawn(proposal: str | GivenProposal, problem: Problem, read: Items, z: Tensor) -> Drawn:
    """Make features of standard normals ``(R, G, S, d)``."""
    if isinstance(proposal, GivenProposal):
        return _given(proposal, problem, read, z)
    if proposal == "standard":
        return Drawn(z, None)
    deviation = isotropic_deviation(read) if proposal == "isotropic" else diagonal_deviation(read)
    w = z * deviation.unsqueeze(-2)
    log_density = ((deviation.square() - 1).unsqueeze(-2) * z.square()).sum(-1) / 2
    return Drawn(w, log_density - deviation.log().sum(-1, keepdim=True))


def isotropic_deviation(read: Items) -> Tensor:
    r"""Return s of N(0, s^2 I), for every coordinate ``(G, d)``: the optimum of FAVOR++, arXiv:2205.15317.

    With p the mean of ``|x_n + y_m|^2`` over all pairs, ``rho = 2 s^2 - 1`` solves ``d rho^2 = (d + 2p) rho + 2p``.
    That mean of squares is the sum of the mean squared norms and twice the product of the means.
    """
    weights, n_keys = _key_weights(read)
    x_norms = torch.linalg.vector_norm(read.q, dim=-1, dtype=read.compute).square().mean(-1)
    y_norms = torch.linalg.vector_norm(_keys(read), dim=-1).square()
    y_norms = (y_norms if weights is None else y_norms * weights).sum(-1) / n_keys
    x_bar, y_bar = read.q.to(read.compute).mean(-2), _keys(read).sum(-2) / n_keys.unsqueeze(-1)
    p = read.scale * (x_norms + y_norms + 2 * (x_bar * y_bar).sum(-1))
    dim = read.q.shape[-1]
    return _deviation(p.unsqueeze(-1), dim).expand(-1, dim)


def diagonal_deviation(read: Items) -> Tensor:
    r"""Return the s_j of N(0, diag s_j^2), ``(G, d)``: the isotropic optimum of every coordinate for itself.

    The second moment of the kernel's estimate is a product over coordinates, so that each is minimal by itself.
    """
    _, n_keys = _key_weights(read)
    q, k = read.q.to(read.compute), _keys(read)
    n_keys = n_keys.unsqueeze(-1)
    squares = q.square().mean(-2) + k.square().sum(-2) / n_keys
    return _deviation(read.scale * (squares + 2 * q.mean(-2) * k.sum(-2) / n_keys), 1)


def _deviation(p: Tensor, dim: int) -> Tensor:
    rho = (dim + 2 * p + ((dim + 2 * p).square() + 8 * dim * p).sqrt()) / (2 * dim)
    return ((rho + 1) / 2).sqrt()


def _key_weights(read: Items) -> tuple[Tensor | None, Tensor]:
    """1 for keys that take part ``(G, M)``, None for all, and how many there are ``(G,)``."""
    if read.key_mask is None:
        return None, torch.full(read.k.shape[:1], read.k.shape[1], dtype=read.compute, device=read.k.device)
    return read.key_mask.to(read.compute), read.key_mask.sum(-1).to(read.compute)


def _keys(read: Items) -> Tensor:
    k = read.k.to(read.compute)
    return k if read.key_mask is None else k.masked_fill(~read.key_mask.unsqueeze(-1), 0)


def _given(proposal: GivenProposal, problem: Problem, read: Items, z: Tensor) -> Drawn:
    dim = problem.dim
    w, log_det = z, z.new_zeros(())
    if proposal.covariance is not None:
        covariance = given_tensor(problem, "proposal.covariance", proposal.covariance, (dim, dim), read.compute)
        factor, info = torch.linalg.cholesky_ex(covariance.expand(*problem.batch_shape, dim, dim))
        if can_look(info) and bool((info > 0).any()):
            raise ValueError("proposal.covariance is not positive definite; expected a covariance matrix")
        factor = factor.reshape(-1, dim, dim)
        w = z @ factor.mT
        log_det = factor.diagonal(dim1=-2, dim2=-1).log().sum(-1).unsqueeze(-1)
    if proposal.mu is not None:
        mu = given_tensor(problem, "proposal.mu", proposal.mu, (dim,), read.compute)
        w = w + mu.expand(*problem.batch_shape, dim).reshape(-1, 1, dim)
    # |w|^2 - |z|^2 as a product: nothing cancels that was not small
    return Drawn(w, ((w - z) * (w + z)).sum(-1) / 2 - log_det)
