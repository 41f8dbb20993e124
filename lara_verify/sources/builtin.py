"""Estimators of ours, and broken ones, as sources."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from lara_estimators import Problem
from lara_verify.sources.in_torch import in_torch
from lara_verify.sources.source import Block, Seeds


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """An estimator with explicit noise: a reference, a torch twin, or a fault of the catalogue.

    Parameters
    ----------
    role
        ``reference``, ``torch`` or ``fault:NAME``.
    algorithm
        The estimator: ``draw(problem, rng, replicates)`` and ``(problem, noise) -> Estimate``.
    dtype, device
        Of the arrays that a torch twin computes with.
    noise_of
        If given, the noise is drawn by this NumPy estimator and handed over, so that two implementations can be
        compared on the same draws.
    """

    role: str
    algorithm: Any
    dtype: str = "float64"
    device: str = "cpu"
    noise_of: Any = None

    @property
    def name(self) -> str:
        return f"torch:{self.dtype}:{self.device}" if self.role == "torch" else self.role

    @property
    def estimator(self) -> str:
        return str(self.algorithm.name)

    @property
    def n_samples(self) -> int:
        return int(getattr(self.algorithm, "n_samples", 1))

    @contextmanager
    def open(self, problem: Problem) -> Iterator["OpenBuiltIn"]:
        own = in_torch(problem, self.dtype, self.device) if self.role == "torch" else problem
        yield OpenBuiltIn(self, problem, own)


class OpenBuiltIn:
    """A built-in opened on a problem: drawing the noise and computing with it are separate acts."""

    def __init__(self, source: BuiltIn, problem: Problem, own: Problem) -> None:
        self._source, self._problem, self._own = source, problem, own

    def draw(self, seeds: Seeds) -> Block:
        return self.evaluate(self.noise(seeds))

    def noise(self, seeds: Seeds) -> Any:
        """The noise of these seeds, NumPy's or torch's."""
        source, replicates = self._source, (seeds.count,)
        if source.noise_of is not None:
            return source.noise_of.draw(self._problem, seeds.generator(), replicates)
        if source.role == "torch":
            return source.algorithm.draw(self._own, _torch_generator(seeds, source.device), replicates)
        return source.algorithm.draw(self._problem, seeds.generator(), replicates)

    def evaluate(self, noise: Any) -> Block:
        """The replicates that this noise gives."""
        value = self._source.algorithm(self._own, noise).value
        if self._source.role == "torch":
            value = value.double().cpu().numpy()
        return Block(np.asarray(value, dtype=np.float64), dtype=self._source.dtype, noise=noise)


def _torch_generator(seeds: Seeds, device: str) -> Any:
    import torch

    generator = torch.Generator(device=device)
    generator.manual_seed(int(seeds.generator().integers(2**63)))
    return generator
