"""What all functional forms do: make the problem, draw, estimate."""

from typing import Any, Protocol

import torch
from torch import Tensor

from lara_estimators.estimate import Estimate
from lara_estimators.problem import Problem


class Drawing(Protocol):
    """An estimator with explicit noise."""

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> Any: ...

    def __call__(self, problem: Problem, noise: Any) -> Estimate: ...


def value_of(
    estimator: Drawing,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    generator: torch.Generator | None,
    scale: float | None,
    key_mask: Tensor | None,
    causal: bool = False,
) -> Tensor:
    """Return the estimate ``(*B, N, e)`` from one fresh draw, of torch's default generator if None is given.

    Shapes and dtypes are checked; numbers are not read, so that NaN goes in and comes out.
    """
    problem = Problem.unread(q, k, v, scale, key_mask, causal)
    value: Tensor = estimator(problem, estimator.draw(problem, generator)).value
    return value
