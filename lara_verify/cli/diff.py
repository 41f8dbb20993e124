"""``lara-verify diff``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lara_verify.report.difference import Difference
    from lara_verify.report.results import CheckRow, Results


def diff(before: Path, after: Path, /) -> int:
    """Compare two reports: verdicts that changed, cases that came and went, figures that moved beyond their intervals.

    Exits with 0 if no verdict differs, with 1 if something that was certified is not any more, with 3 otherwise.
    A certified case that the later report declares and did not run (``--only``) is not such a loss.

    Parameters
    ----------
    before, after
        The earlier and the later report: a folder, or a results.json.
    """
    from lara_verify.report.difference import difference
    from lara_verify.report.reading import UnreadableReportError, read_results

    try:
        earlier, later = read_results(before), read_results(after)
    except UnreadableReportError as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2
    found = difference(earlier, later)
    for line in (*_heads((before, earlier), (after, later)), *_lines(found), _sum(found)):
        print(line)
    return found.exit_code


def _heads(*reports: "tuple[Path, Results]") -> Iterator[str]:
    for name, (path, results) in zip(("before", "after"), reports, strict=True):
        judged = f"{results.verdict}, {len(results.checks)} cases, version {results.tool_version}"
        yield f"{name:<10} {path}: {judged}: {results.command}"


def _lines(found: "Difference") -> Iterator[str]:
    lost = {check.id for check in found.lost}
    for before, after in found.changed:
        mark = "LOST" if before.id in lost else "changed"
        yield f"{mark:<10} {before.id}  {before.verdict} -> {after.verdict}: {after.message}"
    for check in found.vanished:
        mark = "LOST" if check.id in lost else "vanished"
        why = "not run in the later report" if check.id in found.deselected else "not declared in the later report"
        yield f"{mark:<10} {check.id}  {check.verdict} -> none: {why}"
    for check in found.appeared:
        yield _appeared(check)
    for moved in found.moved:
        (a, b), (c, d) = moved.before, moved.after
        yield f"{'moved':<10} {moved.id}  {moved.figure} {a:.5g} to {b:.5g} -> {c:.5g} to {d:.5g}"


def _appeared(check: "CheckRow") -> str:
    return f"{'appeared':<10} {check.id}  none -> {check.verdict}: {check.message}"


def _sum(found: "Difference") -> str:
    if found.exit_code == 0:
        rest = f"; {len(found.moved)} figures moved beyond their intervals" if found.moved else ""
        return f"no verdict differs{rest}"
    counts = (
        (len(found.lost), "certified before and not any more"),
        (len(found.changed), "changed"),
        (len(found.appeared), "appeared"),
        (len(found.vanished), "vanished"),
        (len(found.moved), "figures moved"),
    )
    return ", ".join(f"{n} {what}" for n, what in counts if n)
