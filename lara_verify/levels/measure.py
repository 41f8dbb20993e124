"""Measuring all rows over worker processes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lara_verify.levels.clopper_pearson import clopper_pearson
from lara_verify.levels.rows import NOMINALS, Row
from lara_verify.levels.simulate import SEQUENCES_PER_CHUNK, Chunk, count_errors
from lara_verify.levels.statistics import Kind
from lara_verify.verdict import Verdict, overall
from lara_verify.workers import default_workers, run_all

SEQUENCES = {"quick": 2_000, "default": 20_000, "full": 100_000}
"""Sequences of a row, by profile."""


@dataclass(frozen=True, slots=True)
class Level:
    """What was counted for one row at one nominal level.

    ``failure`` is what the verifier itself failed with, if it did.
    """

    statistic: str
    law: str
    kind: Kind
    nominal: float
    planned: int
    sequences: int
    errors: int
    failure: str | None = None

    @property
    def lower(self) -> float:
        """The rate is at least this, at 99.95 %."""
        return clopper_pearson(self.errors, self.sequences)[0]

    @property
    def upper(self) -> float:
        """The rate is at most this, at 99.95 %."""
        return clopper_pearson(self.errors, self.sequences)[1]

    @property
    def verdict(self) -> Verdict:
        """Refuted if the nominal level lies below the interval; undecided if sequences are missing."""
        if self.failure is not None:
            return Verdict.ERROR
        if self.lower > self.nominal:
            return Verdict.REFUTED
        return Verdict.CERTIFIED if self.sequences == self.planned else Verdict.UNDECIDED


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it; `levels` are in the order of the rows, each at every nominal level."""

    levels: tuple[Level, ...]
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of all rows."""
        return overall(level.verdict for level in self.levels)


def measure(
    rows: Sequence[Row],
    sequences: int,
    seed: int = 0,
    n_workers: int | None = None,
    time_limit: float | None = None,
    progress: Callable[[tuple[Level, ...]], None] = lambda _: None,
) -> Measured:
    """Simulate ``sequences`` of every row.

    ``progress`` is called with the levels of a row once it and all before it are done. The counts do not depend on
    ``n_workers``. An interrupt or ``time_limit`` (seconds) ends it early; what was simulated is kept.
    """
    began = time.time()
    counts = [_Count(row, sequences) for row in rows]
    tasks = [(i, chunk) for i, row in enumerate(rows) for chunk in _chunks(row, sequences, seed)]
    shown, interrupted = 0, False
    try:
        for (i, chunk), came in run_all(
            _count_task, tasks, n_workers or default_workers(), lambda: _left(time_limit, began)
        ):
            counts[i].add(chunk, came)
            while shown < len(counts) and counts[shown].complete:
                progress(counts[shown].levels())
                shown += 1
    except KeyboardInterrupt:
        interrupted = True
    for count in counts[shown:]:
        progress(count.levels())
    return Measured(tuple(level for count in counts for level in count.levels()), time.time() - began, interrupted)


def _count_task(task: tuple[int, Chunk]) -> tuple[int, ...]:
    return count_errors(task[1])


def _chunks(row: Row, sequences: int, seed: int) -> list[Chunk]:
    starts = range(0, sequences, SEQUENCES_PER_CHUNK)
    return [Chunk(row, seed, i, min(SEQUENCES_PER_CHUNK, sequences - start)) for i, start in enumerate(starts)]


def _left(time_limit: float | None, began: float) -> float | None:
    return None if time_limit is None else time_limit - (time.time() - began)


class _Count:
    """What has been counted of one row."""

    def __init__(self, row: Row, planned: int) -> None:
        self._row, self._planned = row, planned
        self._came, self._sequences = 0, 0
        self._errors = [0] * len(NOMINALS)
        self._failure: str | None = None

    def add(self, chunk: Chunk, came: tuple[int, ...] | BaseException) -> None:
        self._came += chunk.n_sequences
        if isinstance(came, BaseException):
            self._failure = f"{type(came).__name__}: {came}".splitlines()[0]
            return
        self._sequences += chunk.n_sequences
        self._errors = [a + b for a, b in zip(self._errors, came, strict=True)]

    @property
    def complete(self) -> bool:
        return self._came == self._planned

    def levels(self) -> tuple[Level, ...]:
        statistic, law = self._row.statistic, self._row.law.name
        return tuple(
            Level(statistic.name, law, statistic.kind, nominal, self._planned, self._sequences, errors, self._failure)
            for nominal, errors in zip(NOMINALS, self._errors, strict=True)
        )
