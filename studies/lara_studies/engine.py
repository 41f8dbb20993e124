"""Running studies: shards over worker processes, sums merged in the order of their index.

A shard is a pure function of the run's seed, the study's spec, the cell and the shard's index. Every sum is added in
index order, so a result does not depend on how many workers there were or which of them was faster, bit for bit.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

import msgspec
import numpy as np

from lara_studies.study import Cell, Finding, Row, Spec, Study, Sums
from lara_verify.outcome import Settings
from lara_verify.verdict import Verdict, overall
from lara_verify.workers import default_workers, run_all

AnyStudy = Study[Any]


@dataclass(frozen=True, slots=True)
class StudyResult:
    """What came of one study; ``rows`` are in the order of its cells, findings on cells without sums come last."""

    spec: Spec
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    n_cells: int
    n_shards: int
    seconds: float

    @property
    def verdict(self) -> Verdict:
        """The worst of its findings."""
        return overall(finding.verdict for finding in self.findings)


@dataclass(frozen=True, slots=True)
class StudiesOutcome:
    """What came of a run of studies, in the order asked for."""

    studies: tuple[StudyResult, ...]
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of all."""
        return overall(study.verdict for study in self.studies)


@dataclass(frozen=True, slots=True)
class _Task:
    study: AnyStudy
    cell: Cell
    seed: int
    index: int


@dataclass(slots=True)
class _Arrived:
    """What has come of one cell, in whatever order; ``failure`` is what a shard failed with."""

    sums: dict[int, Sums] = field(default_factory=dict)
    failure: BaseException | None = None

    def add(self, index: int, came: Sums | BaseException) -> None:
        if isinstance(came, BaseException):
            self.failure = came
        else:
            self.sums[index] = came

    def merged(self) -> Sums | None:
        """The sum of the first shards, up to the first that is missing; None if nothing can be summed."""
        if self.failure is not None or 0 not in self.sums:
            return None
        first = next(index for index in range(len(self.sums) + 1) if index not in self.sums)
        return reduce(lambda before, later: before.merge(later), (self.sums[index] for index in range(first)))


def run_studies(
    studies: Sequence[AnyStudy], settings: Settings, progress: Callable[[tuple[Row, ...]], None] = lambda _: None
) -> StudiesOutcome:
    """Run the studies one after another, sharing alpha and beta evenly; those without a selected cell are left out.

    ``progress`` is called with the rows of a cell once all its shards are in. An interrupt or the time limit ends the
    run early; what was finished is summarised and judged.
    """
    began = time.monotonic()
    share = replace(settings, alpha=settings.alpha / len(studies), beta=settings.beta / len(studies))

    def left() -> float | None:
        return None if settings.time_limit is None else settings.time_limit - (time.monotonic() - began)

    results: list[StudyResult] = []
    interrupted = False
    for study in studies:
        cells = [cell for cell in study.cells(settings.profile) if settings.selects(cell.id)]
        if cells and not interrupted:
            result, interrupted = _run(study, cells, share, left, progress)
            results.append(result)
    return StudiesOutcome(tuple(results), time.monotonic() - began, interrupted)


def shard_generator(spec: Spec, cell: Cell, seed: int, index: int) -> np.random.Generator:
    """The generator of one shard; no two shards of any studies share draws."""
    key = msgspec.json.encode((spec, replace(cell, n_shards=0)))
    words = np.frombuffer(hashlib.sha256(key).digest(), dtype="<u4")
    sequence = np.random.SeedSequence(seed, spawn_key=(*(int(word) for word in words), index))
    return np.random.Generator(np.random.SFC64(sequence))


def _run(
    study: AnyStudy,
    cells: Sequence[Cell],
    settings: Settings,
    left: Callable[[], float | None],
    progress: Callable[[tuple[Row, ...]], None],
) -> tuple[StudyResult, bool]:
    """The result of one study, and whether it was interrupted."""
    began, interrupted = time.monotonic(), False
    tasks = [_Task(study, cell, settings.seed, index) for cell in cells for index in range(cell.n_shards)]
    arrived = {cell: _Arrived() for cell in cells}
    try:
        for task, came in run_all(_draw, tasks, settings.n_workers or default_workers(), left):
            of_cell = arrived[task.cell]
            of_cell.add(task.index, came)
            if len(of_cell.sums) == task.cell.n_shards:
                progress(study.summarise(task.cell, of_cell.merged()))
    except KeyboardInterrupt:
        interrupted = True
    merged = {cell: sums for cell in cells if (sums := arrived[cell].merged()) is not None}
    rows = tuple(row for cell, sums in merged.items() for row in study.summarise(cell, sums))
    findings = study.claims(merged, settings.alpha, settings.beta)
    findings += tuple(_unseen(study.spec, cell, arrived[cell].failure) for cell in cells if cell not in merged)
    n_shards = sum(len(of_cell.sums) for of_cell in arrived.values())
    seconds = time.monotonic() - began
    return StudyResult(study.spec, rows, findings, len(cells), n_shards, seconds), interrupted


def _draw(task: _Task) -> Sums:
    spec = task.study.spec
    sums: Sums = task.study.shard(task.cell, shard_generator(spec, task.cell, task.seed, task.index))
    return sums


def _unseen(spec: Spec, cell: Cell, failure: BaseException | None) -> Finding:
    if failure is None:
        return Finding(spec.claim, Verdict.UNDECIDED, f"{cell.id}: a limit came before the first shard was in")
    said = " ".join(f"{type(failure).__name__}: {failure}".split())
    return Finding(spec.claim, Verdict.ERROR, f"{cell.id}: the verifier failed here: {said}")
