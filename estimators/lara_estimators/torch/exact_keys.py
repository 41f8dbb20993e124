"""Which keys are summed exactly, and which are their tail."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from lara_estimators.given import GivenKeys
from lara_estimators.problem import Problem
from lara_estimators.torch.given_arrays import can_look, given_tensor
from lara_estimators.torch.rows import drawn_rows
from lara_estimators.torch.tensors import Inputs


class Known(NamedTuple):
    """Rows that hold the exact keys and their values, ``(*B, E, d)``, ``(*B, E, e)``.

    ``bias`` ``(*B, 1, E)`` is minus infinity where a row is none of them; None where all are.
    """

    k: Tensor
    v: Tensor
    bias: Tensor | None


class ExactKeys(Protocol):
    """A choice of exact keys."""

    def known(self, problem: Problem, read: Inputs) -> Known:
        """Rows of the exact keys."""

    def tail(self, problem: Problem) -> Tensor:
        """Which other keys take part: ``(*B, M)``."""

    def shortest_tail(self, problem: Problem) -> int | None:
        """Fewest keys in the tail of a batch item; None if that is a matter of values which cannot be looked at."""


@dataclass(frozen=True, slots=True)
class First:
    """The first keys that take part."""

    n_exact: int

    def known(self, problem: Problem, read: Inputs) -> Known:
        """Take them, gathered where a mask has holes."""
        if problem.key_mask is None:
            return Known(read.k[..., : self.n_exact, :], read.v[..., : self.n_exact, :], None)
        batch = problem.batch_shape
        order = torch.argsort((~problem.key_mask).to(torch.uint8), dim=-1, stable=True)[..., : self.n_exact]
        order = order.expand(*batch, order.shape[-1])
        return Known(drawn_rows(read.k, batch, order), drawn_rows(read.v, batch, order), None)

    def tail(self, problem: Problem) -> Tensor:
        """Those with `n_exact` before them."""
        if problem.key_mask is None:
            return torch.arange(problem.n_keys, device=problem.q.device) >= self.n_exact
        mask: Tensor = problem.key_mask
        return mask & (mask.cumsum(-1) > self.n_exact)

    def shortest_tail(self, problem: Problem) -> int | None:
        """All keys that take part but `n_exact`."""
        if problem.key_mask is None:
            return max(0, problem.n_keys - self.n_exact)
        return _fewest(self.tail(problem))


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Keys that were handed in, those of them that take part."""

    mask: Any

    def known(self, problem: Problem, read: Inputs) -> Known:
        """All rows, as batch items may differ in how many are exact."""
        chosen = self._chosen(problem)
        chosen = chosen if problem.key_mask is None else chosen & problem.key_mask
        bias = torch.zeros_like(chosen, dtype=read.v.dtype).masked_fill(~chosen, -torch.inf)
        return Known(read.k, read.v, bias.unsqueeze(-2))

    def tail(self, problem: Problem) -> Tensor:
        """Those that are not among them."""
        others = ~self._chosen(problem)
        return others if problem.key_mask is None else others & problem.key_mask

    def shortest_tail(self, problem: Problem) -> int | None:
        """Count, if there is something to count."""
        return _fewest(self.tail(problem))

    def _chosen(self, problem: Problem) -> Tensor:
        mask = given_tensor(problem, "exact.mask", self.mask, (problem.n_keys,))
        if mask.dtype != torch.bool:
            raise ValueError(f"exact.mask has dtype {mask.dtype}; expected booleans")
        return mask


def exact_keys_of(exact: object, n_exact: int) -> ExactKeys:
    """Make the choice of this name, or of what is given."""
    if isinstance(exact, GivenKeys):
        return Given(exact.mask)
    if exact != "first":
        raise ValueError(f"exact is {exact!r}; expected first or a GivenKeys")
    return First(n_exact)


def _fewest(tail: Tensor) -> int | None:
    return int(tail.sum(-1).min()) if can_look(tail) and tail.numel() else None
