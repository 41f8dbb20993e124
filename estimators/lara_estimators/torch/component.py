"""Drawing the mixture component on the device of the problem."""

import torch
from torch import Tensor

from lara_estimators.problem import Problem
from lara_estimators.torch.tensors import inputs


def draw_component(
    problem: Problem, n_samples: int, generator: torch.Generator | None, replicates: tuple[int, ...]
) -> Tensor:
    """Draw ``(*R, *B, N, S)`` keys from softmax(x . y), by binary search in the cumulative probabilities.

    These are divided by their last, so that a uniform below 1 cannot pass the last key that takes part. Replicates lie
    beside the samples while searching: the probabilities are never copied.
    """
    with torch.no_grad():
        read = inputs(problem, centred=True)
        logits = (read.q * read.root_scale**2) @ read.k.transpose(-1, -2)
        if read.bias is not None:
            logits = logits + read.bias
        cumulative = torch.softmax(logits, dim=-1).cumsum(-1)
        cumulative = cumulative / cumulative[..., -1:]
        batch = problem.batch_shape
        cumulative = cumulative.expand(*batch, problem.n_queries, problem.n_keys).contiguous()
        n_replicates = 1
        for size in replicates:
            n_replicates *= size
        shape = (*batch, problem.n_queries, n_replicates * n_samples)
        uniforms = torch.rand(shape, generator=generator, dtype=cumulative.dtype, device=cumulative.device)
        component = torch.searchsorted(cumulative, uniforms, right=True)
        component = component.unflatten(-1, (n_replicates, n_samples)).movedim(-2, 0)
        return component.reshape(*replicates, *batch, problem.n_queries, n_samples)
