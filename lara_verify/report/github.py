"""What GitHub Actions shows of a run: a summary of the job, and an annotation for each refutation."""

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from lara_verify.report.markdown import as_markdown
from lara_verify.report.results import Results

MOST_ANNOTATIONS = 10
"""GitHub shows as many errors of a step."""


def tell_github(results: Results, target: str | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Add the results to the job's summary and print annotations, where the environment asks for either.

    Summary: a section at the end of the file that GITHUB_STEP_SUMMARY names; if it cannot be written, a line on
    standard error says so. Annotations: if GITHUB_ACTIONS is ``true``, for what is refuted; they stand at the file of
    ``target`` if it lies in the workspace.
    """
    if summary := environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(as_markdown(results))
        except (OSError, ValueError) as error:
            print(f"lara-verify: no summary was written to GITHUB_STEP_SUMMARY: {error}", file=sys.stderr)
    if environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(results, _place(target, environ.get("GITHUB_WORKSPACE"))):
            print(line)


def annotations(results: Results, file: str | None = None) -> Iterator[str]:
    """A workflow command for each of the first refutations; that of the first has the causes too."""
    causes = [f"cause: {row.fault}: {row.cause}\nmend: {row.mend}" for row in results.diagnosis]
    refuted = [check for check in results.checks if check.verdict in ("refuted", "xpass")]
    for check in refuted[:MOST_ANNOTATIONS]:
        place = "" if file is None else f"file={_property(file)},"
        text = "\n".join((check.message, *causes, f"again: {check.replay}"))
        causes = []
        yield f"::error {place}title={_property(f'{check.verdict}: {check.id}')}::{_data(text)}"


def _data(text: str) -> str:
    """As a command takes what follows it: it ends at a line's end, and starts numbers with a percent sign."""
    clean = text.encode("utf-8", "replace").decode()
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As a command takes the value of a property, which a colon or a comma would end."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _place(target: str | None, workspace: str | None) -> str | None:
    """The file of a TARGET as annotations name files, from the workspace; None if it is no file in there."""
    file = "" if target is None else target.rpartition(":")[0]
    if not file.endswith(".py") or not workspace:
        return None
    try:
        return Path(file).resolve().relative_to(Path(workspace).resolve()).as_posix()
    except (OSError, ValueError):
        return None
