"""Lines for a terminal: progress while a run lasts, and its summary. Plain and unwrapped when piped."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from lara_verify.checks import Plan
from lara_verify.plan import Case
from lara_verify.report.results import Results
from lara_verify.outcome import Outcome
from lara_verify.trial import CaseResult

STYLES = {
    "certified": "green",
    "refuted": "bold red",
    "undecided": "yellow",
    "skipped": "dim",
    "error": "bold magenta",
}


class Terminal:
    """Prints results as they come, and how many are still out while standard output is a terminal."""

    def __init__(self, n_cases: int) -> None:
        self._console = Console(highlight=False)
        self._n_cases, self._n_done = n_cases, 0
        self._status: Any = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show a status line while a run lasts, in a terminal only."""
        if not self._console.is_terminal:
            yield
            return
        with self._console.status(self._waiting()) as self._status:
            yield

    def show(self, results: tuple[CaseResult, ...]) -> None:
        """Print a line for each result."""
        for result in results:
            self._n_done += 1
            self._print(_line(str(result.verdict), f"{result.case.id}  {result.message}"))
        if self._status is not None:
            self._status.update(self._waiting())

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
            if check.verdict in ("refuted", "error"):
                self._print(Text(f"  {check.claim} ({check.id}): {check.message}"))
                self._print(Text(f"    again: {check.replay}"))
        if outcome.diagnosis == ():
            self._print(Text("  cause: none of the known faults fits"))
        for row in results.diagnosis:
            at = f" ({row.parameter} {_span(row.interval)})" if row.interval else ""
            self._print(Text(f"  cause: {row.fault}{at}: {row.cause}"))
            self._print(Text(f"    mend: {row.mend}"))
        self._print(Text(f"  report: {path}"))

    def _waiting(self) -> str:
        return f"{self._n_done} of {self._n_cases} cases decided"

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


def print_plans(plans: list[tuple[Case, Plan]]) -> None:
    """Print for each case its planned replicates and the deviation that it is planned to tell from none."""
    for case, plan in plans:
        detects = "any violation seen" if plan.detectable is None else f"{plan.detectable:.3%} of the values' range"
        print(f"{case.id}  {plan.n_replicates:,} replicates  {detects}")


def _span(interval: tuple[float, float]) -> str:
    low, high = interval
    return f"about {low:g}" if low == high else f"from {low:g} to {high:g}"


def _line(verdict: str, rest: str) -> Text:
    return Text.assemble((f"{verdict:<10}", STYLES.get(verdict, "")), " ", rest)
