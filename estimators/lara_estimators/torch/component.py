"""Drawing keys by their probabilities, on the device of the problem."""

import math

import torch
from torch import Tensor

from lara_estimators.problem import Problem
from lara_estimators.torch.pieces import by_queries
from lara_estimators.torch.scores import centred_inputs, scores

FEW = 32  # up to so many keys, comparing with every cumulative probability beats a binary search


def draw_component(
    problem: Problem, n_samples: int, generator: torch.Generator | None, replicates: tuple[int, ...]
) -> Tensor:
    """Draw ``(*R, *B, N, S)`` keys from softmax(x . y), over the keys up to the query when causal.

    Replicates lie beside the samples while searching: the cumulative probabilities are never copied.
    """
    with torch.no_grad():
        read = centred_inputs(problem)
        batch, n_uniforms = problem.batch_shape, math.prod(replicates) * n_samples

        def piece(rows: slice) -> tuple[Tensor]:
            below = cumulative(torch.softmax(scores(problem, read, rows), dim=-1))
            n_rows = rows.stop - rows.start
            below = below.expand(*batch, n_rows, problem.n_keys)
            shape = (*batch, n_rows, n_uniforms)
            return (invert(below, torch.rand(shape, generator=generator, dtype=below.dtype, device=below.device)),)

        entries = math.prod(batch) * (problem.n_keys + n_uniforms)
        (component,) = by_queries(piece, problem.n_queries, entries, device=read.k.device, differentiable=False)
        return replicates_first(component, replicates, n_samples)


def cumulative(probabilities: Tensor) -> Tensor:
    """Cumulative sums over the last axis, added up in double precision, of which the last is exactly 1.

    A uniform below 1 can then not pass the last key of positive probability.
    """
    total = probabilities.cumsum(-1, dtype=torch.float64)
    return (total / total[..., -1:]).to(probabilities.dtype)


def invert(below: Tensor, uniforms: Tensor) -> Tensor:
    """Count the cumulative probabilities ``(..., M)`` that uniforms ``(..., L)`` have reached: drawn keys, integers.

    The last one is 1, which no uniform reaches; NaN, which came in with the problem, gives some key.
    """
    n_keys = below.shape[-1]
    if n_keys > FEW:
        return torch.searchsorted(below.contiguous(), uniforms, right=True).clamp_max_(n_keys - 1)
    passed = (uniforms >= below[..., :1]).to(torch.uint8)
    for key in range(1, n_keys - 1):
        passed += uniforms >= below[..., key : key + 1]
    return passed


def replicates_first(component: Tensor, replicates: tuple[int, ...], n_samples: int) -> Tensor:
    """Move replicates from the last axis, ``(..., R S)``, to the front: ``(*R, ..., S)``, int64."""
    leading = component.shape[:-1]
    apart = component.unflatten(-1, (component.shape[-1] // n_samples, n_samples)).movedim(-2, 0)
    return apart.contiguous().long().reshape(*replicates, *leading, n_samples)
