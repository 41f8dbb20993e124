"""``lara-verify replay``."""

import difflib
import shlex
import sys
from dataclasses import replace as with_fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import CycloptsError, Parameter

from lara_verify.cli.options import NO_OPTIONS, UsageError

if TYPE_CHECKING:
    from lara_verify.outcome import Outcome
    from lara_verify.report.results import CheckRow, Results

REPLAYED = ("run", "check")
"""Commands whose reports have cases."""


def replay(
    case_id: str,
    *,
    from_: Annotated[Path, Parameter(name="--from")] = NO_OPTIONS.out,
    out: Path | None = None,
    workers: int | None = None,
) -> int:
    """Judge one case of an earlier report again, as its command did, and say whether the figures are the same.

    The seed and all settings are those of the report, and so is the case's share of the error budget. The exit code is
    the case's verdict. If the report is of a candidate, this runs the candidate's code.

    Parameters
    ----------
    case_id
        Id of the case.
    from_
        The earlier report: its folder, or a results.json. It stays as it is.
    out
        Folder to write a report of the replay to; without it none is written.
    workers
        Worker processes.
    """
    from lara_verify.report.folder import NotOurFolderError, check_replaceable
    from lara_verify.report.reading import UnreadableReportError, read_results

    try:
        earlier = read_results(from_)
        row = _row(earlier, case_id, from_)
        if out is not None:
            check_replaceable(out)
        return _again(earlier, row, out, workers)
    except (UsageError, NotOurFolderError, UnreadableReportError) as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _row(earlier: "Results", case_id: str, where: Path) -> "CheckRow":
    for check in earlier.checks:
        if check.id == case_id:
            return check
    declared = " (declared there, and deselected)" if any(row.id == case_id for row in earlier.ledger) else ""
    near = difflib.get_close_matches(case_id, [check.id for check in earlier.checks], n=3, cutoff=0.4)
    hint = f"; nearest: {', '.join(near)}" if near else ""
    raise UsageError(f"the report at {where} has no case {shlex.quote(case_id)}{declared}{hint}")


def _again(earlier: "Results", row: "CheckRow", out: Path | None, workers: int | None) -> int:
    """Give the report's own command, narrowed to the case, to the command line that it came from."""
    from lara_verify.cli import app

    def finish(outcome: "Outcome", results: "Results") -> int:
        return _finish(earlier, row, out, outcome, results)

    try:
        program, *words = shlex.split(earlier.command)
        command, bound, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    except (ValueError, CycloptsError):
        program, words = "", []
    if program != "lara-verify" or words[0] not in REPLAYED:
        raise UsageError(f"the report's command cannot be replayed: {earlier.command}")
    options = bound.arguments.get("options", NO_OPTIONS)
    bound.arguments["options"] = with_fields(options, only=row.id, workers=workers, finish=finish)
    return int(command(*bound.args, **bound.kwargs))


def _finish(earlier: "Results", row: "CheckRow", out: Path | None, outcome: "Outcome", results: "Results") -> int:
    from lara_verify.report.agreement import agreement
    from lara_verify.report.folder import write_report
    from lara_verify.report.terminal import print_replay
    from lara_verify.verdict import EXIT_CODES

    now = next((check for check in results.checks if check.id == row.id), None)
    if now is None:
        raise UsageError(f"{row.id} is not declared by this version ({results.tool_version}) of lara-verify")
    traces = {result.case.id: result.trace for result in outcome.results}
    said = [agreement(row, now, traces[row.id]).sentence]
    if earlier.tool_version != results.tool_version:
        said.append(f"the report is of version {earlier.tool_version}, this is {results.tool_version}")
    if out is not None:
        said.append(f"report: {write_report(out, results, traces)}")
    print_replay(now, said)
    return 130 if outcome.interrupted else EXIT_CODES[outcome.verdict]
