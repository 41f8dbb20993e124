"""The gradient of a twin against the exact derivative, on one problem and one noise."""

from typing import Any

import numpy as np

from lara_estimators import NoNoise, Problem
from lara_verify.checks.roster import Option
from lara_verify.oracles.balls import Direction, ball_derivative, formula_of


def slope_error(problem: Problem, option: Option, noise: Any) -> float:
    """Distance of autograd's derivative from the exact one along a fixed direction, over the exact one's size.

    The derivative is that of the sum of all outputs, each times a fixed number, along fixed numbers in q, k and v; the
    exact one is of dual numbers in ball arithmetic. Infinite where torch returns anything that is not finite.
    """
    import torch

    from lara_estimators import torch as twins

    rng = np.random.default_rng(0)
    arrays = [np.asarray(array, dtype=np.float64) for array in (problem.q, problem.k, problem.v)]
    direction = Direction(*(rng.standard_normal(array.shape) for array in arrays))
    exact = ball_derivative(problem, formula_of(option.class_name, **option.fields), noise, direction)
    cotangent = rng.standard_normal(exact.shape)
    leaves = [torch.tensor(array, requires_grad=True) for array in arrays]
    mask = None if problem.key_mask is None else torch.tensor(problem.key_mask)
    given = noise if isinstance(noise, NoNoise) else type(noise)(*(torch.tensor(part) for part in noise))
    q, k, v = leaves
    value = option.make(twins)(Problem(q, k, v, problem.scale, mask, problem.causal), given).value
    slopes = torch.autograd.grad((value * torch.tensor(cotangent)).sum(), leaves, allow_unused=True)
    along = sum(
        float((slope * torch.tensor(part)).sum())
        for slope, part in zip(slopes, direction, strict=True)
        if slope is not None
    )
    wanted = sum((entry * float(weight) for entry, weight in zip(exact.ravel(), cotangent.ravel(), strict=True)), 0)
    error = abs(float(wanted - along)) / abs(float(wanted))
    return error if np.isfinite(error) else float("inf")
