"""Judging the whole catalogue over worker processes: faults against claims."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lara_estimators import ClaimName
from lara_verify.diagnosis import diagnose
from lara_verify.kills.judge import PER_CASE, Cell, Errand, Judged, judge
from lara_verify.kills.members import Member
from lara_verify.verdict import Verdict, overall
from lara_verify.workers import default_workers, run_all

SEEDS = {"quick": 1, "default": 3, "full": 20}
"""Seeds at which what is right is judged, by profile: the run's and those that follow it."""

TOLERANCE = {"fault": {"quick": "default", "full": "default"}, "equivalent": {"full": "default"}}
"""Whose tolerance a role is judged to, if not the profile's: a fault too small for 1 % of the range is a fault all the
same, and twenty seeds of what is right to .1 % would take a day."""

LAWS = (ClaimName.UNBIASED, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES, ClaimName.BOUNDED)
"""What has to be refuted for a cause to be looked for."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one member.

    Parameters
    ----------
    judged
        One for each seed that was finished, of ``n_seeds``.
    survivors
        Names of the faults that a diagnosis did not exclude; None where none was made.
    failure
        What the verifier itself failed with, if it did.
    """

    member: Member
    n_seeds: int
    judged: tuple[Judged, ...] = ()
    survivors: tuple[str, ...] | None = None
    failure: str | None = None

    @property
    def cells(self) -> dict[ClaimName, Cell]:
        """What came of each claim that was tried, over all seeds, in the order of the closed list."""
        by_claim: dict[ClaimName, list[Cell]] = {}
        for cell in (cell for judged in self.judged for cell in judged.cells):
            by_claim.setdefault(cell.claim, []).append(cell)
        return {claim: _together(by_claim[claim]) for claim in ClaimName if claim in by_claim}

    @property
    def refuted(self) -> tuple[ClaimName, ...]:
        """The claims that were refuted."""
        return tuple(claim for claim, cell in self.cells.items() if cell.refuted)

    @property
    def seconds(self) -> float:
        """What judging took."""
        return sum(judged.seconds for judged in self.judged)

    @property
    def verdict(self) -> Verdict:
        """Certified where it came as declared.

        That is: a fault was refuted on a claim that it breaks and on none that it keeps; what is right was refuted
        on nothing, and certified on every claim that was tried.
        """
        fault, cells = self.member.fault, self.cells
        if self.failure is not None:
            return Verdict.ERROR
        if set(self.refuted) - set(fault.breaks):
            return Verdict.REFUTED
        if len(self.judged) < self.n_seeds or not all(judged.complete for judged in self.judged):
            return Verdict.UNDECIDED
        if self.member.role == "equivalent":
            return Verdict.CERTIFIED if cells and all(c.settled for c in cells.values()) else Verdict.UNDECIDED
        if not any(claim in cells for claim in fault.breaks):
            return Verdict.UNDECIDED
        return Verdict.CERTIFIED if self.refuted else Verdict.REFUTED


@dataclass(frozen=True, slots=True)
class Matrix:
    """What came of it; `rows` are in the order of the members."""

    rows: tuple[Row, ...]
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst of all rows."""
        return overall(row.verdict for row in self.rows)


def fill(
    chosen: Sequence[Member],
    profile: str,
    seed: int = 0,
    n_workers: int | None = None,
    time_limit: float | None = None,
    diagnosing: bool = False,
    progress: Callable[[Row], None] = lambda _: None,
    diagnosed: Callable[[Row], None] = lambda _: None,
) -> Matrix:
    """Judge every member: a fault at ``seed``, what is right at that and as many that follow as the profile says.

    ``progress`` is called with the row of a member once it and all before it are done. The rows do not depend on
    ``n_workers``, seconds aside. An interrupt or ``time_limit`` (seconds) ends it early; what was judged is kept. Where
    ``diagnosing``, the cause of every refuted fault is looked for at the end, and ``diagnosed`` called with its row.
    """
    began = time.time()
    deadline = None if time_limit is None else began + time_limit
    n_workers = n_workers or default_workers()
    rows = [Row(member, SEEDS[profile] if member.role == "equivalent" else 1) for member in chosen]
    tasks = [
        (i, Errand(row.member, TOLERANCE[row.member.role].get(profile, profile), seed + k, deadline))
        for i, row in enumerate(rows)
        for k in range(row.n_seeds)
    ]
    came: dict[tuple[int, int], Judged] = {}
    shown, interrupted = 0, False
    try:
        for (i, errand), judged in run_all(_judge_task, tasks, n_workers, lambda: _left(deadline)):
            if isinstance(judged, BaseException):
                rows[i] = replace(rows[i], failure=f"{type(judged).__name__}: {judged}".splitlines()[0])
            else:
                came[i, errand.seed] = judged
                rows[i] = replace(rows[i], judged=tuple(came[key] for key in sorted(came) if key[0] == i))
            while shown < len(rows) and (rows[shown].failure or len(rows[shown].judged) == rows[shown].n_seeds):
                progress(rows[shown])
                shown += 1
    except KeyboardInterrupt:
        interrupted = True
    for row in rows[shown:]:
        progress(row)
    if diagnosing and not interrupted:
        interrupted = _diagnose(rows, seed, n_workers, deadline, diagnosed)
    return Matrix(tuple(rows), time.time() - began, interrupted)


def _judge_task(task: tuple[int, Errand]) -> Judged:
    return judge(task[1])


def _left(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.time()


def _diagnose(
    rows: list[Row], seed: int, n_workers: int, deadline: float | None, diagnosed: Callable[[Row], None]
) -> bool:
    """Look for the causes, row by row, until an interrupt; say whether there was one."""
    try:
        for i, row in enumerate(rows):
            left = _left(deadline)
            if left is not None and left <= 0:
                return False
            if set(LAWS) & set(row.refuted):
                found = diagnose(
                    row.member.source,
                    row.refuted,
                    alpha=PER_CASE,
                    seed=seed,
                    n_workers=n_workers,
                    deadline=deadline,
                )
                if found is not None:
                    names = tuple(Member("fault", diagnosis.fault).name for diagnosis in found)
                    rows[i] = replace(row, survivors=names)
                    diagnosed(rows[i])
    except KeyboardInterrupt:
        return True
    return False


def _together(cells: list[Cell]) -> Cell:
    """One claim over several seeds."""
    refuted = [cell for cell in cells if cell.refuted]
    if refuted:
        return min(refuted, key=lambda cell: cell.n_replicates)
    return replace(
        cells[0], n_replicates=sum(cell.n_replicates for cell in cells), settled=all(cell.settled for cell in cells)
    )
