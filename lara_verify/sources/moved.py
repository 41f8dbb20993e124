"""A built-in on a moved problem, with the noise of the original one moved along."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lara_estimators import Problem
from lara_verify.problems.moves import Move
from lara_verify.sources.builtin import BuiltIn, OpenBuiltIn
from lara_verify.sources.source import Block, Seeds


@dataclass(frozen=True, slots=True)
class Moved:
    """What ``source`` returns when problem and noise are moved together: the other half of a symmetry.

    Opened on a problem, it draws the noise that ``source`` draws there, to the last bit, moves it, and computes on the
    moved problem. Noise that depends on the problem, as the component of `ra` does, is therefore drawn once.
    """

    source: BuiltIn
    move: Move

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def estimator(self) -> str:
        return self.source.estimator

    @property
    def dtype(self) -> str:
        return self.source.dtype

    @property
    def n_samples(self) -> int:
        return self.source.n_samples

    @contextmanager
    def open(self, problem: Problem) -> Iterator["_OpenMoved"]:
        with self.source.open(problem) as here, self.source.open(self.move.problem(problem)) as there:
            yield _OpenMoved(here, there, self.move)


@dataclass(frozen=True, slots=True)
class _OpenMoved:
    here: OpenBuiltIn
    there: OpenBuiltIn
    move: Move

    def draw(self, seeds: Seeds) -> Block:
        return self.there.evaluate(self.move.noise(on_host(self.here.noise(seeds))))


def on_host(noise: Any) -> Any:
    """Noise as NumPy arrays, whichever library drew it."""
    return type(noise)(*(part.cpu().numpy() if hasattr(part, "detach") else part for part in noise))
