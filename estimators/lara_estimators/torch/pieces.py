"""Replicates and queries worked on a few at a time: what a step needs stays in the cache, and never grows with N."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

ENTRIES = 2**19  # numbers in the largest tensor that a piece should make on a CPU: 2 MiB in float32
ENTRIES_ELSEWHERE = 2**24  # on an accelerator, where a step must be large to be worth its launch
KEPT = 2**22  # up to so many numbers in all, autograd may keep them


def in_pieces(
    piece: Callable[[slice, slice], tuple[Tensor, ...]],
    n_replicates: int,
    n_queries: int,
    entries_per_query: int,
    *,
    device: torch.device,
    differentiable: bool,
) -> tuple[Tensor, ...]:
    """Join what `piece` returns for slices of the replicates, the first axis, and of the queries, the last but one.

    Autograd keeps nothing of a large problem's pieces but what went in: the backward pass computes them once more.

    Parameters
    ----------
    piece
        From a slice of replicates and one of queries to tensors ``(r, *B, n, width)``, or ``(*B, n, width)`` if there
        is one replicate.
    n_replicates, n_queries
        R and N.
    entries_per_query
        Numbers in the largest tensor that `piece` makes for one query of one replicate.
    device
        Where it computes.
    differentiable
        Whether a gradient may be asked for.
    """
    entries = ENTRIES if device.type == "cpu" else ENTRIES_ELSEWHERE
    per_replicate = max(1, n_queries * entries_per_query)
    again = differentiable and n_replicates * per_replicate > KEPT and _may_recompute()
    rows_at_once = n_queries if per_replicate <= entries else max(1, entries // max(1, entries_per_query))

    def row_of_pieces(reps: slice) -> tuple[Tensor, ...]:
        parts = []
        for rows in _slices(n_queries, rows_at_once):
            done = checkpoint(piece, reps, rows, use_reentrant=False, preserve_rng_state=False) if again else None
            parts.append(piece(reps, rows) if done is None else done)
        return parts[0] if len(parts) == 1 else tuple(torch.cat(part, dim=-2) for part in zip(*parts, strict=True))

    done = [row_of_pieces(reps) for reps in _slices(n_replicates, max(1, entries // per_replicate))]
    return done[0] if len(done) == 1 else tuple(torch.cat(part) for part in zip(*done, strict=True))


def by_queries(
    piece: Callable[[slice], tuple[Tensor, ...]],
    n_queries: int,
    entries_per_query: int,
    *,
    device: torch.device,
    differentiable: bool,
) -> tuple[Tensor, ...]:
    """Join what `piece` returns for slices of the queries; replicates, where there are any, stay together."""

    def of_all_replicates(_: slice, rows: slice) -> tuple[Tensor, ...]:
        return piece(rows)

    return in_pieces(of_all_replicates, 1, n_queries, entries_per_query, device=device, differentiable=differentiable)


def asks_gradient(*tensors: Tensor) -> bool:
    """Whether autograd follows any of these."""
    return any(tensor.requires_grad for tensor in tensors)


def _may_recompute() -> bool:
    """Whether autograd is on and lets go of what it saves: the transforms of ``torch.func`` keep it all."""
    if not torch.is_grad_enabled():
        return False
    may: bool = torch.compiler.is_compiling() or torch._C._autograd._saved_tensors_hooks_is_enabled()
    return may


def _slices(size: int, step: int) -> list[slice]:
    """Consecutive slices; one, perhaps empty, at least."""
    return [slice(start, min(start + step, size)) for start in range(0, max(size, 1), step)]
