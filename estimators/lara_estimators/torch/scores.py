"""Logits x . y of a few queries over all keys, with what they may not see at minus infinity."""

import math

import torch
from torch import Tensor

from lara_estimators.problem import Problem
from lara_estimators.torch.pieces import asks_gradient, by_queries
from lara_estimators.torch.tensors import Inputs, inputs


def centred_inputs(problem: Problem) -> Inputs:
    """Read the problem with a common shift taken off its keys, where that is an exact symmetry of the estimator.

    The shift is the mean of the keys that take part; when causal the first key, which every query sees: the mean would
    carry the rounding of later keys into earlier queries.
    """
    if not problem.causal:
        return inputs(problem, centred=True)
    read = inputs(problem)
    mean = read.k[..., :1, :]
    k = read.k - mean
    if problem.key_mask is not None:
        k = k.masked_fill(~problem.key_mask.unsqueeze(-1), 0)
    return read._replace(k=k, mean=mean)


def refuse_causal(problem: Problem, name: str, reason: str) -> None:
    """Say that an estimator has no causal form, and why."""
    if problem.causal:
        raise ValueError(f"{name} has no causal form: {reason}")


def after(rows: slice, n_keys: int, device: torch.device) -> Tensor:
    """Which keys come after each of these queries: ``(n, M)``."""
    query = torch.arange(rows.start, rows.stop, device=device).unsqueeze(-1)
    return torch.arange(n_keys, device=device) > query


def scores(problem: Problem, read: Inputs, rows: slice) -> Tensor:
    """``x . y``, minus infinity for masked keys and, when causal, for later ones: ``(*B, n, M)``."""
    logits = (read.q[..., rows, :] * read.root_scale**2) @ read.k.transpose(-1, -2)
    if read.bias is not None:
        logits = logits + read.bias
    if problem.causal:
        logits = logits.masked_fill(after(rows, problem.n_keys, logits.device), -torch.inf)
    return logits


def log_normaliser(problem: Problem, read: Inputs) -> Tensor:
    """``log Z(x)`` of the keys as read, ``(*B, N, 1)``; the full matrix of logits is never held."""

    def piece(rows: slice) -> tuple[Tensor]:
        return (torch.logsumexp(scores(problem, read, rows), dim=-1, keepdim=True),)

    entries = math.prod(problem.batch_shape) * problem.n_keys
    differentiable = asks_gradient(read.q, read.k)
    return by_queries(piece, problem.n_queries, entries, device=read.k.device, differentiable=differentiable)[0]
