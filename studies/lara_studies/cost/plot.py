"""Time and memory over the length of the sequence, both axes logarithmic, as SVG."""

import importlib.util
import io
from collections.abc import Sequence
from typing import Any

from lara_studies.cost.methods import BARE, SOFTMAX
from lara_studies.cost.rows import CostRow
from lara_studies.cost.setting import BACKWARD, FORWARD

COLOURS = {
    BARE: "#000000",
    "rfa": "#0072B2",
    "lara[balance]": "#D55E00",
    "lara[query-clamped]": "#CC79A7",
    "ra": "#009E73",
    SOFTMAX: "#E69F00",
    "performer-pytorch": "#56B4E9",
}
"""Okabe and Ito's, told apart by colour-blind eyes; other methods are not drawn."""

MARKERS = dict(zip(COLOURS, "osD^vPX", strict=True))

ABSENT = "no plot: matplotlib is not installed; it comes with pip install 'lara-verify[plots]'"


def has_matplotlib() -> bool:
    """Whether it is installed, without importing it."""
    return importlib.util.find_spec("matplotlib") is not None


def plot(rows: Sequence[CostRow], caption: str) -> bytes:
    """Draw what was measured, the fastest round of each; the same rows give the same bytes.

    Dashed lines grow with N and with its square.
    """
    import matplotlib
    from matplotlib.figure import Figure

    drawn = [row for row in rows if row.method in COLOURS and row.fastest_s is not None]
    settings: Any = {"svg.hashsalt": "lara-verify-cost", "svg.fonttype": "none", "font.size": 9}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(11, 7), layout="constrained")
        axes = figure.subplots(2, 2, sharex=True)
        for column, step in enumerate((FORWARD, BACKWARD)):
            of_step = [row for row in drawn if row.step == step]
            _lines(axes[0, column], of_step, "fastest_s", f"{step}: fastest round [s]")
            _lines(axes[1, column], of_step, "peak_outputs", f"{step}: peak beyond inputs [outputs]")
            axes[1, column].set_xlabel("N, queries and keys")
        figure.suptitle(caption, fontsize=9)
        picture = io.BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()


def _lines(axes: Any, rows: Sequence[CostRow], of: str, label: str) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_ylabel(label)
    axes.spines[["top", "right"]].set_visible(False)
    ends: list[tuple[float, float, str]] = []
    for method, colour in COLOURS.items():
        points = sorted((row.n, getattr(row, of)) for row in rows if row.method == method and getattr(row, of))
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, marker=MARKERS[method], markersize=4, linewidth=1.2)
            ends.append((*points[-1], method))
    if not ends:
        return
    sizes = sorted({row.n for row in rows})
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.set_xlim(sizes[0] / 1.2, sizes[-1] * (sizes[-1] / sizes[0]) ** 0.45 * 1.3)
    _slopes(axes, sizes, 1 if of == "fastest_s" else 0)
    _label(axes, ends)


def _slopes(axes: Any, sizes: Sequence[int], power: int) -> None:
    """Two dashed lines through the lower left of the frame; memory in outputs has one factor of N taken out."""
    low, high = axes.get_ylim()
    for order, name in ((power, "∝ N"), (power + 1, "∝ N²")):
        axes.plot(sizes, [low * (n / sizes[0]) ** order for n in sizes], "--", color="#999999", linewidth=0.8)
        place = sizes[len(sizes) // 2]
        axes.annotate(name, (place, low * (place / sizes[0]) ** order), color="#777777", fontsize=8)
    axes.set_ylim(low, max(high, low * 2))


def _label(axes: Any, ends: Sequence[tuple[float, float, str]]) -> None:
    """Names beside the last points, moved apart where they would overlap."""
    from math import log

    low, high = axes.get_ylim()
    room = log(high / low) / 18
    last = -float("inf")
    for size, cost, method in sorted(ends, key=lambda end: (end[0], end[1])):
        at = max(log(cost), last + room) if size == max(end[0] for end in ends) else log(cost)
        last = at
        axes.annotate(
            method,
            (size, cost),
            xytext=(size * 1.15, 2.718281828459045**at),
            textcoords="data",
            va="center",
            color=COLOURS[method],
        )
