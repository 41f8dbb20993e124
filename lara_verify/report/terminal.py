"""Lines for a terminal: progress while a run lasts, and its summary. Plain and unwrapped when piped.

Piped, every case is a line, for a log to be searched. In a terminal a line is printed for what is not certified, and
what is certified is only counted: hundreds of good lines would carry the one bad one out of sight.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lara_verify.checks import Plan
from lara_verify.expected import ExpectedFailure, reason_for, sentence, token
from lara_verify.outcome import Outcome
from lara_verify.plan import Case
from lara_verify.report.results import CheckRow, Results
from lara_verify.trial import CaseResult

STYLES = {
    "certified": "green",
    "refuted": "bold red",
    "undecided": "yellow",
    "skipped": "dim",
    "error": "bold magenta",
    "xfail": "green",
    "xpass": "bold red",
}

MOST_OPEN = 20
"""Undecided cases that a summary names."""


class Terminal:
    """Prints results as they come and, while standard output is a terminal, what has been decided so far."""

    def __init__(self, n_cases: int, expected: tuple[ExpectedFailure, ...] = ()) -> None:
        self._console = Console(highlight=False)
        self._n_cases, self._expected = n_cases, expected
        self._verdicts: dict[str, str] = {}
        self._began = time.monotonic()

    @contextmanager
    def live(self) -> Iterator[None]:
        """Keep a line with counts and the time passed below what is printed, in a terminal only."""
        if not self._console.is_terminal:
            yield
            return
        from rich.live import Live

        with Live(console=self._console, get_renderable=self._so_far, refresh_per_second=4, transient=True):
            yield

    def show(self, results: tuple[CaseResult, ...]) -> None:
        """Take note of results; print a line for each that the module's docstring does not leave out."""
        self.note(results)
        for result in results:
            reason = reason_for(result.case.id, self._expected)
            said = token(result.verdict, reason)
            if said != "certified" or not self._console.is_terminal:
                message = sentence(result.message, result.verdict, reason)
                self._print(_line(said, f"{result.case.id}  {message}"))

    def note(self, results: tuple[CaseResult, ...]) -> None:
        """Take note of results, for the line that counts them, and print nothing."""
        expected = self._expected
        self._verdicts |= {r.case.id: token(r.verdict, reason_for(r.case.id, expected)) for r in results}

    def summarise(self, outcome: Outcome, results: Results, path: Path) -> None:
        """Print the verdict, how many cases ended how, what was refuted or left open, and where the report lies."""
        counts = Counter(check.verdict for check in results.checks)
        tally = ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common())
        ended = "interrupted; " if outcome.interrupted else ""
        self._print(Text())
        self._print(
            _line(results.verdict, f"{ended}{tally} of {len(results.ledger)} declared, in {results.seconds:.1f} s")
        )
        for check in results.checks:
            if check.verdict in ("refuted", "xpass", "error"):
                self._print(Text(f"  {check.claim} ({check.id}): {check.message}"))
                self._print(Text(f"    again: {check.replay}"))
        self._left_open(results)
        if outcome.diagnosis == ():
            self._print(Text("  cause: none of the known faults fits"))
        for row in results.diagnosis:
            at = f" ({row.parameter} {_span(row.interval)})" if row.interval else ""
            self._print(Text(f"  cause: {row.fault}{at}: {row.cause}"))
            self._print(Text(f"    mend: {row.mend}"))
        self._print(Text(f"  report: {path}"))

    def _left_open(self, results: Results) -> None:
        """Name undecided cases that were never shown, since nothing was found on them before the run ended."""
        unseen = [c for c in results.checks if c.verdict == "undecided" and c.id not in self._verdicts]
        for check in unseen[:MOST_OPEN]:
            self._print(Text(f"  undecided: {check.id}: {check.message}"))
        if len(unseen) > MOST_OPEN:
            self._print(Text(f"  and {len(unseen) - MOST_OPEN} more, all of them in the report"))

    def _so_far(self) -> Text:
        counts = Counter(self._verdicts.values())
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        line = Text(f"{minutes}:{seconds:02d}  {len(self._verdicts)} of {self._n_cases} cases decided")
        for verdict, style in STYLES.items():
            if counts[verdict]:
                line.append("  ").append(f"{counts[verdict]} {verdict}", style)
        return line

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def print_replay(check: CheckRow, said: Iterable[str]) -> None:
    """Print how a case ended that was judged again, and what is said of it, a line each."""
    console = Console(highlight=False)
    console.print(_line(check.verdict, f"{check.id}  {check.message}"), soft_wrap=True)
    for line in said:
        console.print(Text(f"  {line}"), soft_wrap=True)


def print_plans(plans: list[tuple[Case, Plan]]) -> None:
    """Print for each case its planned replicates and the deviation that it is planned to tell from none.

    A table in a terminal, a line a case when piped.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        for case, plan in plans:
            print(f"{case.id}  {plan.n_replicates:,} replicates  {_detects(plan)}")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("case", overflow="fold")
    table.add_column("replicates", justify="right", no_wrap=True)
    table.add_column("detects", overflow="fold")
    for case, plan in plans:
        table.add_row(Text(case.id), f"{plan.n_replicates:,}", _detects(plan))
    console.print(table)
    total = sum(plan.n_replicates for _, plan in plans)
    console.print(f"\n{len(plans)} cases, {total:,} replicates planned; cases on the same draws share them")


def _detects(plan: Plan) -> str:
    return plan.detects if plan.detectable is None else f"{plan.detectable:.3%} of the values' range"


def _span(interval: tuple[float, float]) -> str:
    low, high = interval
    return f"about {low:g}" if low == high else f"from {low:g} to {high:g}"


def _line(verdict: str, rest: str) -> Text:
    return Text.assemble((f"{verdict:<10}", STYLES.get(verdict, "")), " ", rest)
