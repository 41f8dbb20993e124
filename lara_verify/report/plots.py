"""The two pictures of a case as coordinates for the page's templates: whole numbers, so that hundreds stay small.

Drawn by hand: a page holds hundreds of them, each a kilobyte, where a plotting library's take twenty times that.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

Trace = Sequence[tuple[int, float, float]]
"""``(n_replicates, log_e_refute, log_e_certify)`` after every block."""

MOST_POINTS = 48
"""Points that a line keeps."""

WIDTH, TOP, HEIGHT = 300, 14, 84
"""Of the frame that evidence is drawn in, and how far below the picture's edge it begins."""

LINE = 300
"""Width of the axis that a measurement is drawn on."""


class Mark(NamedTuple):
    """A labelled place; ``anchor`` says on which side of it the label lies (SVG's text-anchor)."""

    at: int
    label: str
    anchor: str = "middle"


class EvidencePlot(NamedTuple):
    """Evidence against replicates (logarithmic): the points of two lines, and what they are read by.

    ``against_ends`` and ``in_favour_ends`` are heights for the names of the lines, far enough apart to be read.
    """

    against: str
    in_favour: str
    against_ends: int
    in_favour_ends: int
    zero: int
    thresholds: tuple[Mark, ...]
    ticks: tuple[Mark, ...]


class MeasurementPlot(NamedTuple):
    """A measured number with its interval, what was expected, and the tolerance around that; places along a line.

    ``limits`` are where a case is refuted and certified, of claims that have such figures in place of a tolerance.
    """

    expected: Mark | None
    measured: Mark
    interval: tuple[int, int] | None
    tolerance: tuple[int, int] | None
    limits: tuple[Mark, ...]


def evidence_plot(trace: Trace, alpha: float, beta: float) -> EvidencePlot | None:
    """Place a trace in the frame; None where there is none."""
    if not trace:
        return None
    log_alpha, log_beta = -math.log(alpha), -math.log(beta)
    threshold = max(log_alpha, log_beta)
    highest = max((value for point in trace for value in point[1:] if math.isfinite(value)), default=0.0)
    top = min(max(1.25 * threshold, 1.05 * highest), 4 * threshold)
    bottom = -0.2 * top
    first, last = trace[0][0], max(trace[-1][0], trace[0][0] + 1)

    def across(n: float) -> int:
        return round(WIDTH * math.log(n / first) / math.log(last / first))

    def down(log_e: float) -> int:
        # beyond the frame the line may go on for a while, where it is cut off
        inside = min(max(log_e, bottom - threshold), top + threshold) if not math.isnan(log_e) else 0.0
        return round(TOP + float(HEIGHT * (top - inside) / (top - bottom)))

    kept = thinned(trace)
    against = [(across(n), down(refute)) for n, refute, _ in kept]
    in_favour = [(across(n), down(certify)) for n, _, certify in kept]
    return EvidencePlot(
        _line(against),
        _line(in_favour),
        *_apart(against[-1][1], in_favour[-1][1]),
        zero=down(0.0),
        thresholds=_thresholds(log_alpha, log_beta, down),
        ticks=_ticks(first, trace[-1][0], across),
    )


def thinned(trace: Trace) -> list[tuple[int, float, float]]:
    """At most `MOST_POINTS` points of a trace, even in the logarithm of replicates, with the first and the last."""
    if len(trace) <= MOST_POINTS:
        return list(trace)
    step = math.log(trace[-1][0] / trace[0][0]) / (MOST_POINTS - 1)
    kept = {int(math.log(point[0] / trace[0][0]) / step): point for point in trace}
    return [trace[0], *(point for place, point in kept.items() if 0 < place < MOST_POINTS - 1), trace[-1]]


def measurement_plot(
    measured: float | None,
    expected: float | None,
    tolerance: float | None,
    interval: tuple[float, float] | None,
    limits: dict[str, float],
) -> MeasurementPlot | None:
    """Place a measurement on a line that holds all that is known of it; None where nothing was measured."""
    if measured is None:
        return None
    within = None if tolerance is None or expected is None or limits else (expected - tolerance, expected + tolerance)
    shown: list[float] = [measured, *(interval or ()), *(within or ()), *limits.values()]
    shown += [] if expected is None else [expected]
    low, high = min(shown), max(shown)
    if high <= low:
        low, high = low - 1, high + 1
    margin = 0.04 * (high - low)
    low, high = low - margin, high + margin

    def along(number: float) -> int:
        return round(LINE * float((number - low) / (high - low)))

    def ends(pair: tuple[float, float] | None) -> tuple[int, int] | None:
        return None if pair is None else (along(pair[0]), along(pair[1]))

    return MeasurementPlot(
        None if expected is None else _mark(along(expected), f"{expected:.4g}"),
        _mark(along(measured), f"{measured:.4g}"),
        ends(interval),
        ends(within),
        tuple(_mark(along(limit), name) for name, limit in limits.items()),
    )


def _thresholds(log_alpha: float, log_beta: float, down: Callable[[float], int]) -> tuple[Mark, ...]:
    """The higher first."""
    if log_alpha == log_beta:
        return (Mark(down(log_alpha), f"log 1/α = log 1/β = {log_alpha:.1f}"),)
    marks = (Mark(down(log_alpha), f"log 1/α = {log_alpha:.1f}"), Mark(down(log_beta), f"log 1/β = {log_beta:.1f}"))
    return tuple(sorted(marks))


def _apart(a: int, b: int, room: int = 12) -> tuple[int, int]:
    """Two heights in the frame, at least ``room`` apart, the nearest to those given and in their order."""
    a, b = (min(max(height, TOP + 4), TOP + HEIGHT) for height in (a, b))
    if abs(a - b) >= room:
        return a, b
    upper = min(max((a + b - room) // 2, TOP + 4), TOP + HEIGHT - room)
    return (upper, upper + room) if a <= b else (upper + room, upper)


def _mark(at: int, label: str) -> Mark:
    anchor = "start" if at < LINE / 4 else "end" if at > 3 * LINE / 4 else "middle"
    return Mark(at, label, anchor)


def _line(points: list[tuple[int, int]]) -> str:
    """Points as SVG writes them, without those in the middle of a level stretch."""
    kept = points[:1]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if not before[1] == point[1] == after[1]:
            kept.append(point)
    kept += points[1:][-1:]
    return " ".join(f"{x},{y}" for x, y in kept)


def _ticks(first: int, last: int, across: Callable[[float], int]) -> tuple[Mark, ...]:
    """Powers of ten between the ends, where there is room, and the last number of replicates."""
    if first == last:
        return (Mark(0, f"{last:,} replicates", "start"),)
    powers = [10**i for i in range(1, 10) if first < 10**i < last and 16 < across(10**i) < WIDTH - 125]
    return (*(Mark(across(power), f"{power:,}") for power in powers), Mark(WIDTH, f"{last:,} replicates", "end"))
