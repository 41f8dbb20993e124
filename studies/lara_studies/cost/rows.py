"""Tidy rows of what was measured: the lines of the CSV files."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from lara_studies.cost.exponent import exponent
from lara_studies.cost.limits import exponent_limit, memory_limit, monte_carlo_limit, time_limit
from lara_studies.cost.methods import BARE_NAIVE, SOFTMAX, bare_of
from lara_studies.cost.monte_carlo import DRAWS
from lara_studies.cost.ratio import ratio
from lara_studies.cost.setting import Cell, Measured, Timed


class CostRow(NamedTuple):
    """One method, pass and length. ``fastest_s`` and ``median_s`` are over rounds; ratios are multiples of ``bare``.

    ``ratio`` is of the fastest rounds, ``ratio_low`` to ``ratio_high`` its interval, ``ratio_of_medians`` besides;
    ``of_512_rows`` is the multiple of the bare limit worked on 512 rows at a time, ``of_sdpa`` that of torch's softmax
    attention, ``peak_outputs`` is ``peak_bytes`` in sizes of the output. Empty where nothing was measured or no limit
    was set; ``skipped`` then says why.
    """

    method: str
    step: str
    n: int
    n_rounds: int = 0
    fastest_s: float | None = None
    median_s: float | None = None
    bare: str = ""
    ratio: float | None = None
    ratio_low: float | None = None
    ratio_high: float | None = None
    ratio_of_medians: float | None = None
    ratio_limit: float | None = None
    of_512_rows: float | None = None
    of_sdpa: float | None = None
    peak_bytes: int | None = None
    peak_outputs: float | None = None
    memory_limit: float | None = None
    skipped: str = ""


class ExponentRow(NamedTuple):
    """The power of N that a method's time or memory grows with, fitted to ``n_points`` lengths."""

    method: str
    step: str
    of: str
    n_points: int
    exponent: float
    low: float
    high: float
    limit_low: float | None
    limit_high: float | None


class ReplicateRow(NamedTuple):
    """One estimator in one library; the ratio is to drawing a replicate's own normals (``step`` "normals alone")."""

    method: str
    step: str
    n_rounds: int
    fastest_us: float
    median_us: float
    replicates_per_s: float
    ratio: float
    ratio_low: float
    ratio_high: float
    ratio_of_medians: float
    ratio_limit: float | None


class RoundRow(NamedTuple):
    """One visit: what every other number comes from."""

    method: str
    step: str
    n: int
    round: int
    seconds: float


def cost_rows(measured: Measured, rng: np.random.Generator) -> list[CostRow]:
    """Compare every cell with its bare limit, pass by pass, length by length; what was skipped comes last."""
    cells = {timed.cell: timed for timed in measured.timed}
    rows = sorted((_cost_row(timed, cells, rng) for timed in measured.timed), key=lambda row: (row.step, row.n))
    return rows + [CostRow(s.method, s.step, s.n, skipped=s.reason) for s in measured.skipped]


def _cost_row(timed: Timed, cells: dict[Cell, Timed], rng: np.random.Generator) -> CostRow:
    method, step, n = timed.cell
    bare = bare_of(method, step)
    against = ratio(timed.seconds, cells[Cell(bare, step, n)].seconds, rng)
    fastest = min(timed.seconds)
    naive, sdpa = (cells.get(Cell(other, step, n)) for other in (BARE_NAIVE, SOFTMAX))
    return CostRow(
        method,
        step,
        n,
        len(timed.seconds),
        fastest,
        float(np.median(timed.seconds)),
        bare,
        against.fastest,
        against.low,
        against.high,
        against.median,
        time_limit(method, step, n),
        None if naive is None else fastest / min(naive.seconds),
        None if sdpa is None else fastest / min(sdpa.seconds),
        timed.peak_bytes,
        None if timed.peak_bytes is None or not timed.output_bytes else timed.peak_bytes / timed.output_bytes,
        memory_limit(method, step, n),
    )


def exponent_rows(rows: Iterable[CostRow]) -> list[ExponentRow]:
    """Fit the power of N of every method and pass that was measured at two lengths at least."""
    found = []
    groups: dict[tuple[str, str], list[CostRow]] = {}
    for row in rows:
        if row.fastest_s is not None:
            groups.setdefault((row.method, row.step), []).append(row)
    for (method, step), group in groups.items():
        if len(group) < 2:
            continue
        low, high = exponent_limit(method) or (None, None)
        for of, costs in (("time", [r.fastest_s for r in group]), ("memory", [r.peak_bytes for r in group])):
            known = [cost for cost in costs if cost is not None]
            if len(known) == len(group):
                fit = exponent([row.n for row in group], known)
                found.append(ExponentRow(method, step, of, fit.n_points, fit.slope, fit.low, fit.high, low, high))
    return found


def replicate_rows(measured: Measured, n_replicates: int, rng: np.random.Generator) -> list[ReplicateRow]:
    """Compare every estimator with the drawing of its normals."""
    cells = {timed.cell: timed for timed in measured.timed}
    rows = []
    for (method, step, n), timed in cells.items():
        against = ratio(timed.seconds, cells[Cell(method, DRAWS, n)].seconds, rng)
        fastest, median = min(timed.seconds), float(np.median(timed.seconds))
        rows.append(
            ReplicateRow(
                method,
                step,
                len(timed.seconds),
                1e6 * fastest / n_replicates,
                1e6 * median / n_replicates,
                n_replicates / fastest,
                *against,
                monte_carlo_limit(method, step),
            )
        )
    return rows


def round_rows(*parts: Measured) -> Iterator[RoundRow]:
    """Every visit of every part."""
    for timed in (timed for part in parts for timed in part.timed):
        for number, seconds in enumerate(timed.seconds, start=1):
            yield RoundRow(*timed.cell, number, seconds)


def as_csv(columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> bytes:
    """A line a row, floats with all their digits, empty where nothing is known."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
