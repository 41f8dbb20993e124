"""All runs of an audit over worker processes, and what they come to."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lara_verify.audit.rerun import AuditError, Chunk, Ran, rerun
from lara_verify.audit.stand_ins import Role, StandIn, stand_ins
from lara_verify.levels.clopper_pearson import clopper_pearson
from lara_verify.verdict import Verdict, overall
from lara_verify.workers import default_workers, run_all

CHUNK = 25
"""Runs in one task."""

WRONG_SHARE, FEWEST = 10, 20
"""What is wrong gets a tenth of the runs of what is right, and no fewer than twenty."""

MOST_LET_THROUGH = 0.5
"""The share of runs in which a test may pass an output without information."""


@dataclass(frozen=True, slots=True)
class AuditedRow:
    """What a test made of one implementation.

    Attributes
    ----------
    level
        The share of runs in which what is right may fail.
    planned
        Runs asked for.
    passed, failed, raised
        How they ended, if not skipped; ``raised`` is an exception that is no assertion.
    said
        What the first that raised, or else failed, said; empty if none did.
    failure
        What kept the test from being run at all, if anything did.
    """

    stand_in: StandIn
    level: float
    planned: int
    passed: int = 0
    failed: int = 0
    raised: int = 0
    said: str = ""
    failure: str | None = None

    @property
    def role(self) -> Role:
        """What it is: the test's own implementation, one that is right, an output without information, or a fault."""
        return self.stand_in.role

    @property
    def runs(self) -> int:
        """Runs that count.

        One that raised counts against the test where something right was judged. Where something wrong was, it counts
        for nothing: it tells perhaps how the test calls, and not what it looks at.
        """
        return self.passed + self.failed + (self.raised if self.role in ("as it is", "right") else 0)

    @property
    def alarms(self) -> tuple[float, float]:
        """Interval at 99.9 % of the rate at which the test does not pass it."""
        return clopper_pearson(self.runs - self.passed, self.runs)

    @property
    def let_through(self) -> tuple[float, float]:
        """Interval at 99.9 % of the rate at which the test passes it."""
        return clopper_pearson(self.passed, self.runs)

    @property
    def verdict(self) -> Verdict | None:
        """Whether the rate is shown to be on the right side of what is allowed, or on the wrong one.

        None for a fault: there are good tests that do not look for it.
        """
        if self.failure is not None:
            return Verdict.REFUTED
        if self.role == "fault":
            return None
        most = MOST_LET_THROUGH if self.role == "trivial" else self.level
        low, high = self.let_through if self.role == "trivial" else self.alarms
        return Verdict.REFUTED if low > most else Verdict.CERTIFIED if high <= most else Verdict.UNDECIDED


@dataclass(frozen=True, slots=True)
class Audited:
    """What came of an audit; ``replaces`` is the test's argument that was replaced, None if it has none."""

    rows: tuple[AuditedRow, ...]
    replaces: str | None
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of all rows that have one."""
        return overall(row.verdict for row in self.rows if row.verdict is not None)


def audit(
    test: str,
    claimed: str = "ra",
    *,
    runs: int = 200,
    level: float = 0.05,
    seed: int = 0,
    n_workers: int | None = None,
    time_limit: float | None = None,
    progress: Callable[[AuditedRow], None] = lambda _: None,
) -> Audited:
    """Run ``test`` many times as it is and, if it lets its implementation be replaced, with others in its place.

    ``progress`` is called with each row once it is complete. The counts do not depend on ``n_workers``. ``time_limit``
    (seconds) ends it early, and what was run counts; of an interrupted audit, rows that are complete are kept.

    Raises
    ------
    AuditError
        If the test cannot be rerun, see `lara_verify.audit.rerun.rerun`.
    """
    began = time.monotonic()

    def left() -> float | None:
        return None if time_limit is None else time_limit - (time.monotonic() - began)

    rows: list[AuditedRow] = []
    replaces, interrupted = None, False
    workers = n_workers or default_workers()
    try:
        # the first runs alone: they tell whether it can be rerun, and what it lets be replaced
        own = AuditedRow(StandIn("as it is", "as it is", claimed), level, runs)
        for row, ran in _rows(test, [own], seed, workers, left):
            if row.failure is not None:
                raise AuditError(f"{test} cannot be rerun: {row.failure}")
            rows.append(row)
            replaces = ran.replaces
            progress(row)
        if replaces is not None:
            wrong = max(FEWEST, runs // WRONG_SHARE)
            others = [AuditedRow(s, level, runs if s.role == "right" else wrong) for s in stand_ins(claimed)]
            for row, _ in _rows(test, others, seed, workers, left):
                rows.append(row)
                progress(row)
    except KeyboardInterrupt:
        interrupted = True
    return Audited(tuple(rows), replaces, time.monotonic() - began, interrupted)


def _rows(
    test: str, rows: Sequence[AuditedRow], seed: int, n_workers: int, left: Callable[[], float | None]
) -> Iterator[tuple[AuditedRow, Ran]]:
    """Fill rows and yield them in order, each as soon as it and all before it are complete, or when time is over."""
    chunks = [
        Chunk(test, row.stand_in, seed, first, min(CHUNK, row.planned - first))
        for row in rows
        for first in range(0, row.planned, CHUNK)
    ]
    open_chunks = {row.stand_in: -(-row.planned // CHUNK) for row in rows}
    arrived: dict[StandIn, dict[int, Ran | BaseException]] = {row.stand_in: {} for row in rows}
    waiting = list(rows)
    for chunk, came in run_all(rerun, chunks, n_workers, left):
        if isinstance(came, AuditError) and chunk.stand_in.role == "as it is":
            raise came
        arrived[chunk.stand_in][chunk.first] = came
        open_chunks[chunk.stand_in] -= 1
        while waiting and open_chunks[waiting[0].stand_in] == 0:
            row = waiting.pop(0)
            yield _filled(row, arrived[row.stand_in])
    yield from (_filled(row, arrived[row.stand_in]) for row in waiting)


def _filled(row: AuditedRow, arrived: dict[int, Ran | BaseException]) -> tuple[AuditedRow, Ran]:
    """The row with what came of its chunks, in the order of their runs, whichever came first."""
    ran = Ran()
    for first in sorted(arrived):
        row, ran = _with(row, ran, arrived[first])
    return row, ran


def _with(row: AuditedRow, so_far: Ran, came: Ran | BaseException) -> tuple[AuditedRow, Ran]:
    if isinstance(came, BaseException):
        return replace(row, failure=str(came)), so_far
    counts = so_far.counts + came.counts
    raises = came.counts["raised"] > 0 and not so_far.counts["raised"]
    said = came.said if raises or not so_far.said else so_far.said
    ran = Ran(counts, came.replaces or so_far.replaces, said)
    return replace(row, passed=counts["passed"], failed=counts["failed"], raised=counts["raised"], said=said), ran
