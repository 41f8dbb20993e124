"""What the inclusion probabilities of Poisson sampling are proportional to."""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from lara_estimators.given import GivenSizes
from lara_estimators.problem import Problem
from lara_estimators.torch.given_arrays import can_look, given_tensor
from lara_estimators.torch.tensors import Inputs


class Sizes(Protocol):
    """A size for every query and key, not negative."""

    @property
    def name(self) -> str:
        """Name in ids and reports."""

    def of(self, problem: Problem, read: Inputs, rows: slice) -> Tensor:
        """Sizes for a few queries, ``(*B, n, M)`` or what broadcasts to it; masked keys may have any."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every key alike."""

    name: str = "uniform"

    def of(self, problem: Problem, read: Inputs, rows: slice) -> Tensor:
        """One."""
        return torch.ones_like(read.k[..., 0]).unsqueeze(-2)


@dataclass(frozen=True, slots=True)
class Collision:
    """Chance that a query and a key share all bits of a random-hyperplane hash: ``(1 - angle / pi)^n_bits``.

    The angle is that of the unit vectors by their difference and sum, ``2 atan2(|a - b|, |a + b|)``: the inverse cosine
    would lose half the digits where they are nearly parallel. A vector of zeros is orthogonal to all.
    """

    n_bits: int = 4
    name: str = "collision"

    def of(self, problem: Problem, read: Inputs, rows: slice) -> Tensor:
        """Of the keys as they are, not centred."""
        a, b = _unit(read.q[..., rows, :]), _unit(problem.k.to(read.k.dtype))
        between, around = _distance(a, b), _distance(a, -b)
        neither = (between == 0) & (around == 0)
        angle = 2 * torch.atan2(between, around.masked_fill(neither, 1)).masked_fill(neither, math.pi / 4)
        return (1 - angle / math.pi).clamp_min(0) ** self.n_bits


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Sizes that were handed in."""

    sizes: Any
    name: str = "given"

    def of(self, problem: Problem, read: Inputs, rows: slice) -> Tensor:
        """Take those of these queries."""
        sizes = given_tensor(problem, "size.sizes", self.sizes, (problem.n_queries, problem.n_keys), read.v.dtype)
        if can_look(sizes):
            positive = sizes.isfinite() & (sizes > 0)
            counts = positive if problem.key_mask is None else positive | ~problem.key_mask.unsqueeze(-2)
            if not bool(counts.all()):
                raise ValueError("size.sizes is not positive on every key that takes part")
        return sizes if sizes.shape[-2] == 1 else sizes[..., rows, :]


def sizes_of(size: object, n_bits: int) -> Sizes:
    """Make the sizes of this name, or of what is given."""
    if isinstance(size, GivenSizes):
        return Given(size.sizes)
    laws: dict[object, Sizes] = {"uniform": Uniform(), "collision": Collision(n_bits)}
    if not isinstance(size, str) or size not in laws:
        raise ValueError(f"size is {size!r}; expected uniform, collision or a GivenSizes")
    return laws[size]


def _unit(rows: Tensor) -> Tensor:
    """Rows over their norms; rows of zeros stay so."""
    top = rows.detach().abs().amax(-1, keepdim=True)
    rows = rows / top.masked_fill(top == 0, 1)
    norm = torch.linalg.vector_norm(rows, dim=-1, keepdim=True)
    return rows / norm.masked_fill(norm == 0, 1)


def _distance(a: Tensor, b: Tensor) -> Tensor:
    return torch.cdist(a, b, compute_mode="donot_use_mm_for_euclid_dist")
