"""The laws by which key sampling draws keys, one set for all queries."""

from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from lara_estimators.given import GivenProbabilities
from lara_estimators.problem import Problem
from lara_estimators.torch.given_arrays import can_look, given_tensor
from lara_estimators.torch.tensors import Inputs


class KeyLaw(Protocol):
    """Probabilities of keys."""

    @property
    def name(self) -> str:
        """Name in ids and reports."""

    def log_probabilities(self, problem: Problem, read: Inputs) -> Tensor:
        """``log q_m``, minus infinity for masked keys: ``(*B, M)``."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """Every key that takes part alike."""

    name: str = "uniform"

    def log_probabilities(self, problem: Problem, read: Inputs) -> Tensor:
        """Take the logarithm of one over their number."""
        return _log_shares(torch.ones_like(read.v[..., 0]), problem)


@dataclass(frozen=True, slots=True)
class ValueNorm:
    """``q_m`` proportional to ``|v_m|`` plus its mean, uniform if all are 0.

    The mean keeps keys of value 0 from never being drawn: they count in the normaliser.
    """

    name: str = "value-norm"

    def log_probabilities(self, problem: Problem, read: Inputs) -> Tensor:
        """Norms relative to the largest, which is a constant to autograd: it cancels."""
        top = read.v.detach().abs().amax((-1, -2), keepdim=True)
        top = top.masked_fill(top == 0, 1)
        norms = torch.linalg.vector_norm(read.v / top, dim=-1)
        if problem.key_mask is None:
            mean = norms.mean(-1, keepdim=True)
        else:
            mean = norms.sum(-1, keepdim=True) / problem.key_mask.sum(-1, keepdim=True)
        return _log_shares(norms + mean, problem)


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Probabilities that were handed in."""

    probabilities: Any
    name: str = "given"

    def log_probabilities(self, problem: Problem, read: Inputs) -> Tensor:
        """Divide them by their sum over the keys that take part."""
        weights = given_tensor(problem, "proposal.probabilities", self.probabilities, (problem.n_keys,), read.v.dtype)
        if can_look(weights):
            positive = weights.isfinite() & (weights > 0)
            counts = positive if problem.key_mask is None else positive | ~problem.key_mask
            if not bool(counts.all()):
                raise ValueError("proposal.probabilities is not positive on every key that takes part")
        return _log_shares(weights, problem)


def key_law_of(proposal: object) -> KeyLaw:
    """Make the law of this name, or of what is given."""
    if isinstance(proposal, GivenProbabilities):
        return Given(proposal.probabilities)
    laws: dict[object, KeyLaw] = {"uniform": Uniform(), "value-norm": ValueNorm()}
    if not isinstance(proposal, str) or proposal not in laws:
        raise ValueError(f"proposal is {proposal!r}; expected uniform, value-norm or a GivenProbabilities")
    return laws[proposal]


def _log_shares(weights: Tensor, problem: Problem) -> Tensor:
    """``log (g_m / sum g)`` over the keys that take part; all zero is uniform."""
    if problem.key_mask is None:
        weights = weights.masked_fill((weights == 0).all(-1, keepdim=True), 1)
        return weights.log() - weights.sum(-1, keepdim=True).log()
    nothing = ((weights == 0) | ~problem.key_mask).all(-1, keepdim=True)
    weights = weights.masked_fill(nothing, 1).masked_fill(~problem.key_mask, 0)
    logs = weights.masked_fill(weights == 0, 1).log().masked_fill(weights == 0, -torch.inf)
    return logs - weights.sum(-1, keepdim=True).log()
