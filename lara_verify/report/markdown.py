"""A report as a page of Markdown: the verdict, the cause with its mend, and every case that is not certified."""

import re
from collections import Counter
from collections.abc import Iterator

from lara_verify.report.results import CheckRow, DiagnosisRow, Results

MOST_ROWS, MOST_CAUSES, MOST_LETTERS = 50, 10, 600
"""Cases and causes that are listed, and letters of each text: GitHub takes a mebibyte a step, whatever a text holds."""

LISTED = ("error", "refuted", "xpass", "undecided", "skipped")
"""What is not certified, the worst first."""

_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]<>#|~!&@$^]|:(?=//)|(?<=www)\.")


def as_markdown(results: Results) -> str:
    """The results as a section of Markdown, to be added to others."""
    return "\n".join(_lines(results)) + "\n"


def escaped(text: str) -> str:
    """``text`` as Markdown that shows it: on one line, and with no character that could mean something.

    What stands for a character by its number is never read as structure, in a table neither.
    """
    line = " ".join(text.encode("utf-8", "replace").decode().split())
    if len(line) > MOST_LETTERS:
        line = f"{line[:MOST_LETTERS]} …"
    shown = "".join(letter if letter.isprintable() else "�" for letter in line)
    return _MEANS_SOMETHING.sub(lambda found: f"&#{ord(found[0])};", shown)


def _code(text: str) -> str:
    """As `escaped`, in the type of a command; backticks could not hold a backtick, nor a bar in a table."""
    return f"<code>{escaped(text)}</code>"


def _lines(results: Results) -> Iterator[str]:
    counts = Counter(check.verdict for check in results.checks)
    tally = ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common())
    yield f"## lara-verify: {escaped(results.verdict)}"
    yield ""
    yield (
        f"{_code(results.command)}: {tally or 'nothing'} of {len(results.ledger)} cases declared, in "
        f"{results.seconds:.1f} s; seed {results.seed}, alpha {results.alpha:g}, beta {results.beta:g}."
    )
    yield ""
    yield from _causes(results.diagnosis)
    yield from _table([check for verdict in LISTED for check in results.checks if check.verdict == verdict])
    yield escaped(results.coverage_note)
    yield ""


def _causes(diagnosis: list[DiagnosisRow]) -> Iterator[str]:
    if not diagnosis:
        return
    yield "Known faults that the outputs do not exclude:"
    yield ""
    yield "| fault | cause | mend |"
    yield "|---|---|---|"
    for row in diagnosis[:MOST_CAUSES]:
        at = "" if row.interval is None else " ({} {:g} to {:g})".format(escaped(str(row.parameter)), *row.interval)
        yield f"| {escaped(row.fault)}{at} | {escaped(row.cause)} | {escaped(row.mend)} |"
    yield ""


def _table(checks: list[CheckRow]) -> Iterator[str]:
    if not checks:
        return
    yield "| verdict | case | what was found | again |"
    yield "|---|---|---|---|"
    for check in checks[:MOST_ROWS]:
        yield f"| {escaped(check.verdict)} | {_code(check.id)} | {escaped(check.message)} | {_code(check.replay)} |"
    yield ""
    if len(checks) > MOST_ROWS:
        yield f"And {len(checks) - MOST_ROWS} more that are not certified, all of them in the report."
        yield ""
