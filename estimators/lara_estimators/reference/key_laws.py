"""The laws by which keys are drawn: chosen by name, or given."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lara_estimators.given import GivenProbabilities
from lara_estimators.reference.fitting import fitting
from lara_estimators.reference.scaling import Array, unmasked_mean


class KeyLaw(Protocol):
    """A probability for every key that takes part."""

    @property
    def name(self) -> str:
        """Name in fields, ids and reports."""

    @property
    def reads_values(self) -> bool:
        """Whether the law depends on the values, so that only some maps of values keep it."""

    def probabilities(self, v: Array, log_mask: Array, batch: tuple[int, ...]) -> Array:
        """Return q ``(*B, M)``, positive where a key takes part, 0 elsewhere, summing to one."""


@dataclass(frozen=True, slots=True)
class UniformKeys:
    """``q_m`` proportional to 1."""

    name: str = "uniform"
    reads_values: bool = False

    def probabilities(self, v: Array, log_mask: Array, batch: tuple[int, ...]) -> Array:
        """Return one over the number of keys that take part."""
        return _over_keys(np.ones(log_mask.shape), log_mask, batch)


@dataclass(frozen=True, slots=True)
class ValueNorm:
    """``q_m`` proportional to ``|v_m| + mean_l |v_l|``; uniform where all values are 0.

    ``|v_m|`` alone would never draw a key of value 0, which yet counts in Z: the ratio would be inconsistent.
    """

    name: str = "value-norm"
    reads_values: bool = True

    def probabilities(self, v: Array, log_mask: Array, batch: tuple[int, ...]) -> Array:
        """Return norms, lifted by their mean, divided by their sum."""
        norms = np.sqrt(np.einsum("...e,...e->...", v, v))
        mean = unmasked_mean(norms[..., None], log_mask)[..., 0]
        return _over_keys(np.where(mean > 0, norms + mean, 1.0), log_mask, batch)


@dataclass(frozen=True, slots=True, eq=False)
class GivenKeyLaw:
    """q as handed in, divided by its sum over the keys that take part."""

    given: GivenProbabilities
    name: str = "given"
    reads_values: bool = False

    def probabilities(self, v: Array, log_mask: Array, batch: tuple[int, ...]) -> Array:
        """Return what was given; it must be positive on every key that takes part."""
        q = fitting("proposal.probabilities", self.given.probabilities, batch, (log_mask.shape[-1],))
        if np.any((q <= 0) & np.isfinite(log_mask)):
            raise ValueError("proposal.probabilities is not positive on every key that takes part; expected it to be")
        return _over_keys(q, log_mask, batch)


def _over_keys(weights: Array, log_mask: Array, batch: tuple[int, ...]) -> Array:
    kept = np.where(np.isfinite(log_mask), weights, 0.0)
    return np.broadcast_to(kept / np.sum(kept, axis=-1, keepdims=True), (*batch, log_mask.shape[-1]))


NAMED: dict[str, KeyLaw] = {law.name: law for law in (UniformKeys(), ValueNorm())}


def key_law_of(proposal: str | GivenProbabilities) -> KeyLaw:
    """Return the law of this name, or the one that is given."""
    if isinstance(proposal, GivenProbabilities):
        return GivenKeyLaw(proposal)
    if not isinstance(proposal, str) or proposal not in NAMED:
        raise ValueError(f"proposal is {proposal!r}; expected {', '.join(NAMED)} or a GivenProbabilities")
    return NAMED[proposal]
