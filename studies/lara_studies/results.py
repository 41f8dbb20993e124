"""studies.json, table.csv, and the same as lines for a terminal."""

import csv
import io
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from lara_studies.brackets import bracketed
from lara_studies.engine import StudiesOutcome
from lara_studies.study import Row
from lara_verify.report.results import SCHEMA_VERSION
from lara_verify.report.terminal import STYLES

STUDIES, TABLE = "studies.json", "table.csv"


class ClaimRow(msgspec.Struct, frozen=True):
    """What a study says of one claim on one cell."""

    claim: str
    verdict: str
    message: str


class StudyRow(msgspec.Struct, frozen=True):
    """One study; ``cells`` and ``shards`` count what was selected and what was drawn."""

    name: str
    verdict: str
    claims: list[ClaimRow]
    cells: int
    shards: int
    seconds: float
    replay: str


class Studies(msgspec.Struct, frozen=True):
    """studies.json."""

    schema_version: int
    verdict: str
    studies: list[StudyRow]


def studies_of(outcome: StudiesOutcome, options: str) -> Studies:
    """Present an outcome; ``options`` as typed, without those that change no result."""
    rows = [
        StudyRow(
            study.spec.name,
            str(study.verdict),
            [ClaimRow(str(f.claim), str(f.verdict), f.message) for f in study.findings],
            study.n_cells,
            study.n_shards,
            round(study.seconds, 3),
            f"lara-verify study run {study.spec.name} {options}".rstrip(),
        )
        for study in outcome.studies
    ]
    return Studies(SCHEMA_VERSION, str(outcome.verdict), rows)


def table_of(rows: Iterable[Row]) -> bytes:
    """The tidy table as CSV: a line a measure, floats with all their digits, empty where nothing is known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows)
    return text.getvalue().encode()


class StudyLines:
    """Prints a line a measure as cells are done, then every claim and the verdict; plain and unwrapped when piped."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def show(self, rows: tuple[Row, ...]) -> None:
        """Print the measures of one cell."""
        for row in rows:
            name = f"{row.method}/{row.problem}/S={row.n_samples}"
            exact = "" if row.exact is None else f"exact {row.exact:.6g}"
            value = bracketed(row.value, row.mcse)
            self._print(f"{name:<20} {row.measure:<5} {row.of:<12} {value:<16} {exact:<20} {row.n_replicates:,}")

    def summarise(self, outcome: StudiesOutcome, options: str, path: Path) -> None:
        """Print each study's claims and verdict, how to repeat what was not certified, and where the report lies."""
        for study in studies_of(outcome, options).studies:
            self._print("")
            for claim in study.claims:
                self._print(f"{claim.claim}  {claim.message}", claim.verdict)
            self._print(
                f"{study.name}: {study.cells} cells, {study.shards} shards in {study.seconds:.1f} s", study.verdict
            )
            if study.verdict != "certified":
                self._print(f"  again: {study.replay}")
        if outcome.interrupted:
            self._print("interrupted: the figures are of what was finished")
        self._print(f"  report: {path}")

    def _print(self, line: str, verdict: str | None = None) -> None:
        text = Text() if verdict is None else Text.assemble((f"{verdict:<10}", STYLES.get(verdict, "")), " ")
        self._console.print(text.append(line.rstrip()), soft_wrap=True)
