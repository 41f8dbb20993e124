"""The tables as lines of text, each ending in what the number is held to: OK, over, or nothing."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from lara_studies.cost.rows import CostRow, ExponentRow, ReplicateRow

STYLES = {"OK": "green", "over": "bold red", "outside": "bold red"}


def cost_lines(rows: Sequence[CostRow], title: str) -> list[str]:
    """Time and memory, a line a cell, then what was not measured and why; nothing if there is nothing to show."""
    head = (
        "method",
        "pass",
        "N",
        "fastest",
        "median",
        "x bare",
        "halves",
        "limit",
        "x 512",
        "x SDPA",
        "memory",
        "limit",
    )
    lines = []
    for row in rows:
        if row.skipped:
            continue
        lines.append(
            (
                row.method,
                row.step,
                f"{row.n:,}",
                milliseconds(row.fastest_s),
                milliseconds(row.median_s),
                number(row.ratio),
                f"{number(row.ratio_low)}-{number(row.ratio_high)}",
                held_to(row.ratio, row.ratio_limit),
                number(row.of_512_rows),
                number(row.of_sdpa),
                number(row.peak_outputs),
                held_to(row.peak_outputs, row.memory_limit),
            )
        )
    return [title, *aligned(head, lines), *skipped_lines(rows), ""] if rows else []


def skipped_lines(rows: Iterable[CostRow]) -> list[str]:
    """What was not measured, a line a reason."""
    missing: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        if row.skipped:
            missing.setdefault((row.method, row.step, row.skipped), []).append(f"{row.n:,}")
    return [
        f"not measured: {method} {step} at N = {', '.join(sizes)}: {reason}"
        for (method, step, reason), sizes in missing.items()
    ]


def exponent_lines(rows: Sequence[ExponentRow]) -> list[str]:
    """Powers of N; nothing if there is nothing to show."""
    title = "Powers of N, fitted to fastest rounds and to peaks; the interval is asymptotic"
    head = ("method", "pass", "of", "lengths", "exponent", "95 % interval", "held to")
    lines = []
    for row in rows:
        verdict = ""
        if row.limit_low is not None and row.limit_high is not None:
            word = "OK" if row.limit_low <= row.exponent <= row.limit_high else "outside"
            verdict = f"{row.limit_low:.2f}-{row.limit_high:.2f} {word}"
        interval = "needs 3 lengths" if row.low != row.low else f"{row.low:.3f} to {row.high:.3f}"
        lines.append((row.method, row.step, row.of, str(row.n_points), f"{row.exponent:.3f}", interval, verdict))
    return [title, *aligned(head, lines), ""] if rows else []


def replicate_lines(rows: Sequence[ReplicateRow], how: str) -> list[str]:
    """Microseconds a replicate; nothing if there is nothing to show."""
    title = f"Monte Carlo: N = M = S = 16, widths 8, one thread, {how}"
    head = ("method", "by", "fastest", "median", "a second", "x normals", "halves", "limit")
    lines = [
        (
            row.method,
            row.step,
            f"{row.fastest_us:.2f} us",
            f"{row.median_us:.2f} us",
            f"{row.replicates_per_s:,.0f}",
            number(row.ratio),
            f"{number(row.ratio_low)}-{number(row.ratio_high)}",
            held_to(row.ratio, row.ratio_limit),
        )
        for row in rows
    ]
    return [title, *aligned(head, lines), ""] if rows else []


def aligned(head: Sequence[str], lines: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as their widest entry."""
    widths = [max(map(len, column)) for column in zip(head, *lines, strict=True)]
    return [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in (head, *lines)
    ]


def milliseconds(seconds: float | None) -> str:
    """With four digits."""
    return "" if seconds is None else f"{1000 * seconds:.4g} ms"


def number(value: float | None) -> str:
    """With two decimals."""
    return "" if value is None else f"{value:.2f}"


def held_to(value: float | None, limit: float | None) -> str:
    """The limit and whether it was kept."""
    return "" if value is None or limit is None else f"<= {limit:g} {'OK' if value <= limit else 'over'}"


def show(lines: Iterable[str]) -> None:
    """Print lines, unwrapped; in a terminal what they end in has a colour."""
    console = Console(highlight=False)
    for line in lines:
        text = Text(line)
        for word, style in STYLES.items():
            text.highlight_regex(rf"(?<= ){word}\b", style)
        console.print(text, soft_wrap=True)
