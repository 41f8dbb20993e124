"""faults.json, faults.html, and the same as lines for a terminal: the matrix of faults against claims."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from lara_estimators import ClaimName
from lara_verify import __version__
from lara_verify.kills.matrix import Matrix, Row
from lara_verify.kills.members import Member, claims_of
from lara_verify.report.html import templates
from lara_verify.report.page import CLAIMS
from lara_verify.report.results import SCHEMA_VERSION
from lara_verify.report.terminal import STYLES
from lara_verify.verdict import Verdict

FAULTS, PAGE = "faults.json", "faults.html"

KEPT, NOT_TRIED, SURVIVED, UNDECIDED = ".", "-", "survived", "?"
"""Cells without a number: withstood, nothing drawn, broken and not refuted, and not certified either."""

LEGEND = (
    "a number: replicates to refute a claim that it breaks, with ! one that it keeps; "
    f"{KEPT} kept; '{SURVIVED}' broken, not refuted; {UNDECIDED} not decided; {NOT_TRIED} not tried"
)


class FaultRow(msgspec.Struct, frozen=True):
    """What came of one fault, or of something right.

    ``n_replicates`` has every claim that was tried: at which number of replicates it was refuted, or how many it
    withstood. ``survivors`` is null where no diagnosis was made.
    """

    name: str
    role: str
    breaks: list[str]
    keeps: list[str]
    refuted: list[str]
    n_replicates: dict[str, int]
    seconds: float
    survivors: list[str] | None
    verdict: str


class Faults(msgspec.Struct, frozen=True):
    """faults.json."""

    schema_version: int
    verdict: str
    faults: list[FaultRow]


@dataclass(frozen=True, slots=True)
class CellView:
    """A cell of the matrix: what is shown, what it means, and the token that it is styled by."""

    text: str
    meaning: str
    style: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A row of the page: its cells, and the first sentence that refuted each claim."""

    row: Row
    anchor: str
    verdict: str
    cells: tuple[CellView, ...]
    messages: tuple[tuple[str, str], ...]


def faults_of(matrix: Matrix) -> Faults:
    """Present the matrix."""
    return Faults(SCHEMA_VERSION, str(matrix.verdict), [_fault_row(row) for row in matrix.rows])


def as_html(matrix: Matrix, command: str) -> bytes:
    """The matrix as a page that needs nothing else, in the manner of report.html."""
    claims = claims_of([row.member for row in matrix.rows])
    views = [_row_view(row, claims, f"row-{i}") for i, row in enumerate(matrix.rows, 1)]
    groups = {
        title: rows
        for title, role in (("Broken", "fault"), ("Unusual, and right", "equivalent"))
        if (rows := [view for view in views if view.row.member.role == role])
    }
    page = templates().get_template("faults.html.j2")
    return page.render(
        matrix=matrix,
        claims=[(str(claim), CLAIMS[claim]) for claim in claims],
        groups=groups,
        as_declared=_as_declared(matrix),
        command=command,
        version=__version__,
        legend=LEGEND,
    ).encode()


class FaultLines:
    """Prints the matrix row by row, then the verdict; plain and unwrapped when piped."""

    def __init__(self, chosen: Sequence[Member]) -> None:
        self._console = Console(highlight=False)
        self._claims = claims_of(chosen)
        self._name_width = max(len(member.id) for member in chosen)
        heads = [str(claim).split("_") for claim in self._claims]
        self._widths = [max(9, *map(len, words)) for words in heads]
        height = max(map(len, heads))
        for i in range(height):
            # the words of a claim below one another, the last of each in the last line
            words = ["" if i < height - len(head) else head[i - height + len(head)] for head in heads]
            self._line("", "", words)

    def show(self, row: Row) -> None:
        """Print one row."""
        self._line(str(row.verdict), row.member.id, [_cell(row, claim).text for claim in self._claims])

    def cause(self, row: Row) -> None:
        """Print which faults a diagnosis did not exclude."""
        self._say(f"  cause of {row.member.id}: {', '.join(row.survivors or ()) or 'none of the known faults'}")

    def summarise(self, matrix: Matrix, folder: Path, command: str) -> None:
        """Print what cells mean, the verdict, each row that is not as declared, and where the report is."""
        ended = "interrupted; " if matrix.interrupted else ""
        self._say("")
        self._say(f"  {LEGEND}")
        self._say("")
        self._print(
            str(matrix.verdict),
            f"{ended}{_as_declared(matrix)} of {len(matrix.rows)} rows as declared, in {matrix.seconds:.1f} s",
        )
        for row in matrix.rows:
            if row.verdict in (Verdict.REFUTED, Verdict.ERROR):
                for sentence in sentences(row):
                    self._say(f"  {row.member.id}: {sentence}")
                self._say(f"    again: {command} --only {shlex.quote(row.member.id)}")
        self._say(f"  report: {folder / FAULTS}, {folder / PAGE}")

    def _line(self, verdict: str, name: str, cells: Sequence[str]) -> None:
        columns = "  ".join(f"{cell:>{width}}" for cell, width in zip(cells, self._widths, strict=True))
        self._print(verdict, f"{name:<{self._name_width}}  {columns}".rstrip())

    def _print(self, verdict: str, rest: str) -> None:
        self._console.print(Text.assemble((f"{verdict:<10}", STYLES.get(verdict, "")), " ", rest), soft_wrap=True)

    def _say(self, line: str) -> None:
        self._console.print(Text(line), soft_wrap=True)


def sentences(row: Row) -> list[str]:
    """Why a row is not as declared, a sentence a reason."""
    if row.failure is not None:
        return [f"the verifier failed here: {row.failure}"]
    breaks = row.member.fault.breaks
    wrong = [claim for claim in row.refuted if claim not in breaks]
    if wrong:
        return [f"{claim} is refuted, which it keeps: {row.cells[claim].message}" for claim in wrong]
    if row.verdict is Verdict.REFUTED:
        tried = ", ".join(f"{c} in {row.cells[c].n_replicates:,} replicates" for c in breaks if c in row.cells)
        return [f"refuted on nothing that it breaks: {tried}"]
    return []


def _fault_row(row: Row) -> FaultRow:
    fault, cells = row.member.fault, row.cells
    return FaultRow(
        name=row.member.name,
        role=row.member.role,
        breaks=[str(claim) for claim in fault.breaks],
        keeps=[str(claim) for claim in fault.keeps],
        refuted=[str(claim) for claim in row.refuted],
        n_replicates={str(claim): cell.n_replicates for claim, cell in cells.items()},
        seconds=round(row.seconds, 3),
        survivors=None if row.survivors is None else list(row.survivors),
        verdict=str(row.verdict),
    )


def _row_view(row: Row, claims: Sequence[ClaimName], anchor: str) -> RowView:
    messages = tuple((str(claim), cell.message) for claim, cell in row.cells.items() if cell.message)
    return RowView(row, anchor, str(row.verdict), tuple(_cell(row, claim) for claim in claims), messages)


def _cell(row: Row, claim: ClaimName) -> CellView:
    cell, breaks = row.cells.get(claim), claim in row.member.fault.breaks
    if cell is None or (cell.n_replicates == 0 and not cell.refuted):
        return CellView(NOT_TRIED, "not tried", "skipped")
    if cell.refuted:
        n = f"{cell.n_replicates:,}"
        if breaks:
            return CellView(n, f"refuted after {n} replicates", "killed")
        return CellView(f"{n}!", f"refuted after {n} replicates, and it keeps this", "refuted")
    if breaks:
        return CellView(SURVIVED, f"broken, not refuted in {cell.n_replicates:,} replicates", "undecided")
    if row.member.role == "equivalent" and not cell.settled:
        return CellView(UNDECIDED, f"not decided in {cell.n_replicates:,} replicates", "undecided")
    return CellView(KEPT, f"kept in {cell.n_replicates:,} replicates", "certified")


def _as_declared(matrix: Matrix) -> int:
    return sum(row.verdict is Verdict.CERTIFIED for row in matrix.rows)
