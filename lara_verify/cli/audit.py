"""``lara-verify audit``."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lara_verify.cli.options import UsageError

if TYPE_CHECKING:
    from lara_verify.audit import Audited, AuditedRow

KINDS = ("ra", "rfa", "lara")


def audit(
    test: str,
    /,
    *,
    claimed: Annotated[str, Parameter(name="--as")] = "ra",
    runs: int = 200,
    level: float = 0.05,
    seed: int = 0,
    time_limit: float | None = None,
    workers: int | None = None,
) -> int:
    """Judge a test of yours: how often it fails what is right, and what it lets through.

    The test is run many times, each time under another seed. If it takes an argument ``attention`` or ``estimator``, it
    is also run with the reference, with outputs that carry no information and with every known fault in its place.
    This runs the code of TEST, in processes of its own.

    Parameters
    ----------
    test
        A pytest test, as ``path/to/test_file.py::test_name``.
    claimed
        What the test says that it judges: ``ra``, ``rfa`` or ``lara``.
    runs
        Runs of what is right; of what is wrong a tenth, at least 20.
    level
        Share of runs in which the test may fail what is right.
    seed
        Seed of the audit; every run has a seed of its own.
    time_limit
        Seconds after which it ends, and counts what was run.
    workers
        Worker processes; as many as cores by default. The counts do not depend on it.
    """
    try:
        _refuse(test, claimed, runs, level, seed, time_limit, workers)
        return _audit(test, claimed, runs, level, seed, time_limit, workers)
    except UsageError as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2


def _refuse(
    test: str, claimed: str, runs: int, level: float, seed: int, time_limit: float | None, workers: int | None
) -> None:
    file, colons, name = test.partition("::")
    if importlib.util.find_spec("pytest") is None:
        raise UsageError("pytest is not installed here, and audit reruns a test of pytest")
    if not Path(file).is_file():
        raise UsageError(f"there is no file {file}")
    if not (colons and name):
        raise UsageError(f"{test} names no test; expected path/to/test_file.py::test_name")
    if claimed not in KINDS:
        raise UsageError(f"--as is {claimed}; expected one of {', '.join(KINDS)}")
    if not 0 < level < 1:
        raise UsageError(f"--level is {level:g}; expected a probability between 0 and 1")
    if runs < 1:
        raise UsageError(f"--runs is {runs}; expected at least 1")
    if seed < 0:
        raise UsageError(f"--seed is {seed}; expected a non-negative integer")
    if time_limit is not None and not time_limit > 0:
        raise UsageError(f"--time-limit is {time_limit:g}; expected a positive number of seconds")
    if workers is not None and workers < 1:
        raise UsageError(f"--workers is {workers}; expected at least 1")


def _audit(
    test: str, claimed: str, runs: int, level: float, seed: int, time_limit: float | None, workers: int | None
) -> int:
    from lara_verify.audit import AuditError
    from lara_verify.audit import audit as measured
    from lara_verify.verdict import EXIT_CODES

    try:
        found = measured(
            test,
            claimed,
            runs=runs,
            level=level,
            seed=seed,
            n_workers=workers,
            time_limit=time_limit,
            progress=lambda row: print(_line(row), flush=True),
        )
    except AuditError as error:
        raise UsageError(str(error)) from None
    for line in _sum(found, level):
        print(line)
    return 130 if found.interrupted else EXIT_CODES[found.verdict]


def _line(row: "AuditedRow") -> str:
    if row.failure is not None:
        return f"{row.verdict!s:<10} {row.stand_in.name}: {row.failure}"
    if row.role in ("as it is", "right"):
        count = f"fails {row.runs - row.passed} of {row.runs} runs: {_span(row.alarms)}"
    else:
        count = f"passes {row.passed} of {row.runs} runs: {_span(row.let_through)}"
    ends = [f"breaks {', '.join(row.stand_in.breaks)}"] if row.stand_in.breaks else []
    if row.raised:
        ends.append(f"{row.raised} raised, as {row.said}")
    elif row.failed and row.role in ("as it is", "right"):
        ends.append(f"as {row.said}")
    return f"{row.verdict or '-'!s:<10} {row.stand_in.name:<22} {'; '.join((count, *ends))}"


def _span(interval: tuple[float, float]) -> str:
    low, high = (100 * end for end in interval)
    return f"{low:.3g} % to {high:.3g} %"


def _sum(found: "Audited", level: float) -> Iterator[str]:
    from lara_verify.audit.measure import MOST_LET_THROUGH

    ended = "interrupted; " if found.interrupted else ""
    yield ""
    yield f"{found.verdict!s:<10} {ended}{sum(row.runs for row in found.rows):,} runs in {found.seconds:.1f} s"
    yield (
        f"  each interval is of a rate, at 99.9 %; allowed: to fail what is right in {level:.3g} of runs, "
        f"and to pass an output without information in {MOST_LET_THROUGH:.3g}"
    )
    if found.replaces is not None:
        passed = [row for row in found.rows if row.role == "fault" and row.let_through[0] > MOST_LET_THROUGH]
        names = ", ".join(row.stand_in.name for row in passed)
        yield f"  faults that it passes more often than not: {names or 'none is shown to be one'}"
    elif any(row.runs for row in found.rows):
        yield "  it has no argument attention or estimator, so what it lets through was not tried"
