"""Landmarks: means of contiguous segments of queries and keys."""

from typing import NamedTuple

import torch
from torch import Tensor

from lara_estimators.problem import Problem


class Landmarks(NamedTuple):
    """Unscaled ``q_bar``, ``k_bar`` ``(*B, C, d)``; ``kept`` ``(*B, C)`` is None where no proposal can be dropped."""

    q_bar: Tensor
    k_bar: Tensor
    kept: Tensor | None


def check_fits(n_proposals: int, problem: Problem) -> None:
    """Refuse more proposals than there are queries or keys."""
    n_queries, n_keys = problem.n_queries, problem.n_keys
    if n_proposals > min(n_queries, n_keys):
        raise ValueError(
            f"n_proposals is {n_proposals} but there are {n_queries} queries and {n_keys} keys; "
            f"expected at most {min(n_queries, n_keys)}"
        )


def landmarks(q: Tensor, k: Tensor, key_mask: Tensor | None, n_proposals: int) -> Landmarks:
    """Means over segments, the longer ones first; masked keys, whose rows are 0, are left out of the count."""
    counts = _sums(torch.ones_like(q[..., :1]), n_proposals)
    q_bar = _sums(q, n_proposals) / counts
    if key_mask is None:
        return Landmarks(q_bar, _sums(k, n_proposals) / _sums(torch.ones_like(k[..., :1]), n_proposals), None)
    n_taking_part = _sums(key_mask.to(k.dtype).unsqueeze(-1), n_proposals)
    return Landmarks(q_bar, _sums(k, n_proposals) / n_taking_part.clamp_min(1), n_taking_part.squeeze(-1) > 0)


def _sums(rows: Tensor, n_segments: int) -> Tensor:
    size, n_longer = divmod(rows.shape[-2], n_segments)
    border = n_longer * (size + 1)
    parts = [rows[..., border:, :].unflatten(-2, (n_segments - n_longer, size)).sum(-2)]
    if n_longer:
        parts.insert(0, rows[..., :border, :].unflatten(-2, (n_longer, size + 1)).sum(-2))
    return torch.cat(parts, dim=-2)
