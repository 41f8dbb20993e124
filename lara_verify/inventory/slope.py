"""The gradient of a twin against the exact derivative, on one problem and one noise."""

from typing import Any

import numpy as np

from lara_estimators import Problem
from lara_verify.checks.roster import Option
from lara_verify.oracles.balls import Direction, ball_derivative, formula_of
from lara_verify.sources.in_torch import in_torch


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
    own = in_torch(problem)
    leaves = [tensor.requires_grad_() for tensor in (own.q, own.k, own.v)]
    value = option.make(twins)(own, noise).value
    slopes = torch.autograd.grad((value * torch.tensor(cotangent)).sum(), leaves, allow_unused=True)
    along = sum(
        float((slope * torch.tensor(part)).sum())
        for slope, part in zip(slopes, direction, strict=True)
        if slope is not None
    )
    wanted = sum((entry * float(weight) for entry, weight in zip(exact.ravel(), cotangent.ravel(), strict=True)), 0)
    error = abs(float(wanted - along)) / abs(float(wanted))
    return error if np.isfinite(error) else float("inf")
