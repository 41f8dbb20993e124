"""The report's folder: written whole or not at all, and never over a stranger's files."""

import shutil
import tempfile
from pathlib import Path

import msgspec

from lara_verify.report.results import Results

RESULTS = "results.json"


class NotOurFolderError(Exception):
    """The folder exists and was not written by lara-verify; the message says so in one sentence."""


def check_replaceable(folder: Path) -> None:
    """Refuse to write where something else lies than an earlier report of ours.

    Raises
    ------
    NotOurFolderError
        If ``folder`` exists, is not empty, and has no results file that reads as ours.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise NotOurFolderError(f"{folder} is a file; expected a folder to write the report to")
    if not any(folder.iterdir()):
        return
    try:
        msgspec.json.decode((folder / RESULTS).read_bytes(), type=Results)
    except (OSError, msgspec.DecodeError):
        raise NotOurFolderError(
            f"{folder} holds files and no report of lara-verify; name another folder with --out"
        ) from None


def write_report(folder: Path, results: Results) -> Path:
    """Write results.json into ``folder`` by renaming a finished folder into its place; return the file's path.

    Raises
    ------
    NotOurFolderError
        See `check_replaceable`.
    """
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        fresh.chmod(0o755)
        text = msgspec.json.format(msgspec.json.encode(results), indent=2)
        (fresh / RESULTS).write_bytes(text + b"\n")
        if folder.exists():
            old = fresh.with_name(fresh.name + "-old")
            folder.rename(old)
            fresh.rename(folder)
            shutil.rmtree(old)
        else:
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder / RESULTS
