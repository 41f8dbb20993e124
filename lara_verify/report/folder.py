"""The report's folder: written whole or not at all, and never over a stranger's files."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lara_verify.report.html import as_html
from lara_verify.report.interrupt import no_interrupt
from lara_verify.report.junit import as_junit
from lara_verify.report.plots import Trace
from lara_verify.report.results import Results

RESULTS, PAGE, JUNIT = "results.json", "report.html", "junit.xml"

LISTS = {
    RESULTS: "checks",
    "levels.json": "levels",
    "faults.json": "faults",
    "studies.json": "studies",
    "regime.json": "heads",
}
"""The files by which a folder of ours is known, each with the list that it holds."""

OURS = {*LISTS, PAGE, JUNIT, "table.csv", "regime.svg", "faults.html"}
"""Everything that a command of ours writes: a folder that holds anything else is not replaced."""


class NotOurFolderError(Exception):
    """The folder exists and was not written by lara-verify; the message says so in one sentence."""


def check_replaceable(folder: Path) -> None:
    """Refuse to write where something else lies than an earlier report of ours, by whichever command.

    Raises
    ------
    NotOurFolderError
        If ``folder`` exists, is not empty, and has no file that reads as a report of ours, or one that is none of
        ours.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise NotOurFolderError(f"{folder} is a file; expected a folder to write the report to")
    held = {path.name for path in folder.iterdir()}
    if held and not any(_is_ours(folder / name, rows) for name, rows in LISTS.items()):
        raise NotOurFolderError(f"{folder} holds files and no report of lara-verify; name another folder with --out")
    if strangers := sorted(held - OURS):
        raise NotOurFolderError(
            f"{folder} holds {strangers[0]}, which lara-verify did not write; name another with --out"
        )


def write_report(folder: Path, results: Results, traces: Mapping[str, Trace] | None = None) -> Path:
    """Write results.json, report.html and junit.xml into ``folder``, see `write_folder`; return the page's path.

    ``traces`` has the evidence over replicates by case id, for the page to draw.
    """
    page = as_html(results, traces or {})
    write_folder(folder, {RESULTS: as_json(results), PAGE: page, JUNIT: as_junit(results)})
    return folder / PAGE


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make ``folder`` hold ``files`` and nothing else, by renaming a finished folder into its place.

    Raises
    ------
    NotOurFolderError
        See `check_replaceable`; also if the folder above cannot be written to.
    """
    check_replaceable(folder)
    folder = folder.resolve()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise NotOurFolderError(f"{folder} cannot be written: {error.strerror}; name another with --out") from None
    try:
        fresh.chmod(0o755)
        for name, content in files.items():
            (fresh / name).write_bytes(content)
        with no_interrupt():
            _put_in_place(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put_in_place(fresh: Path, folder: Path) -> None:
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(fresh.name + "-old")
    folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old)


def as_json(report: msgspec.Struct) -> bytes:
    """A struct as the indented JSON of a report."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def _is_ours(file: Path, rows: str) -> bool:
    """Whether ``file`` has what every report of ours has, whatever else its version adds."""
    try:
        report = msgspec.json.decode(file.read_bytes())
    except (OSError, msgspec.DecodeError):
        return False
    if not isinstance(report, dict):
        return False
    return (
        isinstance(report.get("schema_version"), int)
        and isinstance(report.get("verdict"), str)
        and isinstance(report.get(rows), list)
    )
