"""regime.json, regime.svg, and the table for a terminal: what each estimator needs on given inputs."""

import math
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import msgspec
from rich.console import Console

from lara_verify.regime import Draws, HeadRegime
from lara_verify.report.results import SCHEMA_VERSION
from lara_verify.verdict import Verdict

REGIME, PICTURE = "regime.json", "regime.svg"

NOT_NEEDED = "-"


class DrawsNeeded(msgspec.Struct, frozen=True):
    """Log10 of the draws needed at the 10 %, 50 % and 90 % quantile over queries, and whether linear cost pays them."""

    log10: tuple[float, ...]
    answer: str


class Head(msgspec.Struct, frozen=True):
    """One head of regime.json; quantiles are over queries, at 10 %, 50 % and 90 %."""

    at: tuple[int, ...]
    n_queries: int
    n_keys: int
    log10_chi2: tuple[float, ...]
    log10_chi2_lara: tuple[float, ...]
    ess: float
    rfa: DrawsNeeded
    lara: DrawsNeeded
    ra: DrawsNeeded | None
    mean_value: float | None
    break_even: float


class Regime(msgspec.Struct, frozen=True):
    """regime.json; ``verdict`` is ``certified`` as everything in it is computed, not sampled."""

    schema_version: int
    verdict: str
    file: str
    relative_error: float
    n_proposals: int
    heads: list[Head]


def regime_of(heads: Sequence[HeadRegime], file: str, relative_error: float, n_proposals: int) -> Regime:
    """Present what was measured."""

    def needed(draws: Draws | None) -> DrawsNeeded | None:
        return None if draws is None else DrawsNeeded(draws.log10, draws.answer)

    rows = [
        Head(**{**head._asdict(), "rfa": needed(head.rfa), "lara": needed(head.lara), "ra": needed(head.ra)})
        for head in heads
    ]
    return Regime(SCHEMA_VERSION, str(Verdict.CERTIFIED), file, relative_error, n_proposals, rows)


def as_lines(regime: Regime) -> list[str]:
    """A table: what stands where is said by its first line."""
    width = max(4, *(len(_name(head)) for head in regime.heads))
    titles = ("log10 chi2", "ess", "rfa draws", "lara draws", "ra draws", "mean of values")
    head_line = f"{'head':<{width}}  " + "  ".join(f"{title:>20}" for title in titles[:1]) + f"  {titles[1]:>8}  "
    head_line += "  ".join(f"{title:>20}" for title in titles[2:5]) + f"  {titles[5]:>14}"
    return [head_line.rstrip(), *(_line(head, width) for head in regime.heads)]


def show(regime: Regime, folder: Path) -> None:
    """Print the table, what its words mean, and where the files lie."""
    console = Console(highlight=False)
    for line in as_lines(regime):
        console.print(line, soft_wrap=True, markup=False)
    console.print()
    console.print(
        f"draws: median over queries (90 % of them), for errors of {regime.relative_error:g} of the spread of the true "
        f"output over positions; lara (balance, {regime.n_proposals} proposals) and ra: at most",
        soft_wrap=True,
    )
    console.print(
        "works: linear cost stays below softmax for 90 % of queries; for some: for half of them; no: for fewer. "
        "ra costs more than softmax at any number of draws",
        soft_wrap=True,
    )
    console.print(f"  report: {folder / REGIME}, {folder / PICTURE}", soft_wrap=True, markup=False)


def as_svg(regime: Regime) -> bytes:
    """Draws needed, a row a head: a line from the 10 % to the 90 % quantile over queries, a dot at the median."""
    from jinja2 import Environment

    known = [d for head in regime.heads for d in (head.rfa, head.lara, head.ra) if d is not None]
    largest = max(1.0, *(draws.log10[2] for draws in known))
    step = max(1, round(largest / 8))
    top = step * -(-largest // step)
    rows = [
        {
            "name": _name(head),
            "lines": [(kind, *draws.log10) for kind, draws in _by_kind(head) if draws is not None],
            "break_even": max(0.0, math.log10(head.break_even)),
        }
        for head in regime.heads
    ]
    template = (files("lara_verify.report") / "templates" / "regime.svg.j2").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    ticks = [step * i for i in range(int(top / step) + 1)]
    text = environment.from_string(template).render(rows=rows, top=top, ticks=ticks, error=regime.relative_error)
    return text.encode()


def _by_kind(head: Head) -> tuple[tuple[str, DrawsNeeded | None], ...]:
    return (("rfa", head.rfa), ("lara", head.lara), ("ra", head.ra))


def _name(head: Head) -> str:
    return ",".join(map(str, head.at)) or "0"


def _line(head: Head, width: int) -> str:
    low, middle, high = head.log10_chi2
    chi2 = f"{middle:.1f} ({low:.1f} to {high:.1f})"
    columns = "  ".join(f"{_needed(draws):>20}" for _, draws in _by_kind(head))
    mean = NOT_NEEDED if head.mean_value is None else f"{head.mean_value:.2f}"
    return f"{_name(head):<{width}}  {chi2:>20}  {head.ess:>8.1e}  {columns}  {mean:>14}"


def _needed(draws: DrawsNeeded | None) -> str:
    if draws is None:
        return NOT_NEEDED
    return f"{_count(draws.log10[1])} ({_count(draws.log10[2])}) {draws.answer}"


def _count(log10: float) -> str:
    return f"{round(10**log10):,}" if log10 < 4 else f"1e{log10:.1f}"
