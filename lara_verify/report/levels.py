"""levels.json, and the same as lines for a terminal: the measured error rates of the statistics."""

import shlex
from collections.abc import Iterable
from pathlib import Path

import msgspec
from rich.console import Console
from rich.text import Text

from lara_verify.levels.measure import Level, Measured
from lara_verify.report.results import SCHEMA_VERSION
from lara_verify.report.terminal import STYLES
from lara_verify.verdict import Verdict

LEVELS = "levels.json"


class LevelRow(msgspec.Struct, frozen=True):
    """How often one statistic erred on one law; ``upper`` is the end of the 99.9 % Clopper-Pearson interval."""

    statistic: str
    law: str
    kind: str
    nominal: float
    sequences: int
    errors: int
    upper: float


class Levels(msgspec.Struct, frozen=True):
    """levels.json."""

    schema_version: int
    verdict: str
    levels: list[LevelRow]


def levels_of(measured: Measured) -> Levels:
    """Present what was measured."""
    rows = [LevelRow(m.statistic, m.law, m.kind, m.nominal, m.sequences, m.errors, m.upper) for m in measured.levels]
    return Levels(SCHEMA_VERSION, str(measured.verdict), rows)


class LevelLines:
    """Prints a line a level as they come, then the verdict; plain and unwrapped when piped."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)

    def show(self, levels: Iterable[Level]) -> None:
        """Print a line for each."""
        for level in levels:
            self._print(str(level.verdict), f"{_name(level)}  {_counted(level)}")

    def summarise(self, measured: Measured, path: Path, command: str) -> None:
        """Print the verdict, each row above its level with the command that repeats it, and where the report lies."""
        levels = measured.levels
        declared = sum(level.verdict is Verdict.CERTIFIED for level in levels)
        ended = "interrupted; " if measured.interrupted else ""
        self._console.print()
        self._print(
            str(measured.verdict), f"{ended}{declared} of {len(levels)} rows as declared, in {measured.seconds:.1f} s"
        )
        for level in levels:
            if level.verdict is Verdict.REFUTED:
                self._console.print(Text(f"  {_sentence(level)}"), soft_wrap=True)
                again = f"{command} --only {shlex.quote(f'{level.statistic}/{level.law}')}"
                self._console.print(Text(f"    again: {again}"), soft_wrap=True)
        self._console.print(Text(f"  report: {path}"), soft_wrap=True)

    def _print(self, verdict: str, rest: str) -> None:
        self._console.print(Text.assemble((f"{verdict:<10}", STYLES.get(verdict, "")), " ", rest), soft_wrap=True)


def _name(level: Level) -> str:
    return f"{level.statistic}/{level.law} at {level.nominal:g}"


def _counted(level: Level) -> str:
    if level.failure is not None:
        return f"the verifier failed here: {level.failure}"
    counted = f"{level.errors:,} of {level.sequences:,} sequences, a rate of at most {level.upper:.5f}"
    missing = level.planned - level.sequences
    return counted if missing == 0 else f"{counted}; {missing:,} were not simulated"


def _sentence(level: Level) -> str:
    wrong = {"refute": "a mean within its slack is refuted", "certify": "a mean beyond the tolerance is certified"}
    rate = level.errors / level.sequences
    return (
        f"{_name(level)}: {wrong[level.kind]} in {rate:.2%} of sequences; "
        f"declared: at most {level.nominal:.0%}, and at 99.95 % confidence the rate is above {level.lower:.2%}"
    )
