"""The face of a source: opened on a problem, it yields blocks of independent replicates, given seeds."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from lara_estimators import Problem

CALLS_PER_STREAM = 2**23
"""Ints set aside for each trial of a candidate; 256 trials of one run have distinct ones."""

_ODD = 1_327_217_885
"""Odd, so that it permutes the integers modulo 2^31; about 2^31 / golden ratio, so that neighbours part."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """The seeds of a block: replicates ``start`` to ``start + count`` of the trial numbered ``stream`` of a run.

    A pure function of its fields: the same fields, the same draws, on any worker and in any order.
    """

    run: int
    stream: int
    start: int
    count: int

    def generator(self) -> np.random.Generator:
        """A generator of its own for a block drawn at once."""
        keys = (self.stream, self.start, self.count)
        return np.random.Generator(np.random.SFC64(np.random.SeedSequence(self.run, spawn_key=keys)))

    def integers(self) -> list[int]:
        """One Python int in ``[0, 2^31)`` a replicate; distinct over the trials of a run, and far apart."""
        offset = int(np.random.SeedSequence(self.run).generate_state(1)[0])
        first = self.stream * CALLS_PER_STREAM + self.start
        return [(offset + (first + i) * _ODD) % 2**31 for i in range(self.count)]


class Block(NamedTuple):
    """Replicates of one source on one problem.

    Attributes
    ----------
    value
        ``(R, *B, N, e)``, float64.
    dtype
        Name of the floating type that the source computed in, as far as its output shows.
    noise
        What the replicates were computed from, where the source makes its noise explicit; else None.
    changed_input
        Which argument the source changed in place, as a clause; None if it left all as they were.
    """

    value: NDArray[np.float64]
    dtype: str = "float64"
    noise: Any = None
    changed_input: str | None = None


class SourceError(Exception):
    """The source broke its protocol; the message is one sentence about what it did."""


class Open(Protocol):
    """A source opened on one problem."""

    def draw(self, seeds: Seeds) -> Block:
        """Yield the replicates of these seeds, or raise `SourceError`."""
        ...


class Source(Protocol):
    """Something to be judged: a frozen dataclass, hashable, and picklable, as trials are sent to other processes."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """What stands first in a case id: ``reference``, ``torch:float32:cpu``, ``candidate``, ``fault:NAME``."""
        ...

    @property
    def estimator(self) -> str:
        """Name of the estimator that it is, or says it is, with its options."""
        ...

    @property
    def dtype(self) -> str:
        """Name of the floating type that it is told to compute in."""
        ...

    @property
    def n_samples(self) -> int:
        """Draws that a query averages."""
        ...

    def open(self, problem: Problem) -> AbstractContextManager[Open]:
        """Make ready to draw on ``problem``."""
        ...
