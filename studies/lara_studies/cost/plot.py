"""Time and memory over the length of the sequence, both axes logarithmic, as SVG."""

import importlib.util
import io
from collections.abc import Sequence
from typing import Any, NamedTuple

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


class Point(NamedTuple):
    """What a method cost at one length."""

    n: int
    cost: float
    method: str


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
        axes = figure.subplots(2, 2, sharex=True, sharey="row")
        for column, step in enumerate((FORWARD, BACKWARD)):
            of_step = [row for row in drawn if row.step == step]
            times = [Point(row.n, row.fastest_s or 0.0, row.method) for row in of_step]
            peaks = [Point(row.n, row.peak_bytes / 2**20, row.method) for row in of_step if row.peak_bytes]
            _lines(axes[0, column], times)
            _lines(axes[1, column], peaks)
            axes[0, column].set_title(step, fontsize=9)
            axes[1, column].set_xlabel("N, queries and keys")
        axes[0, 0].set_ylabel("fastest round [s]")
        axes[1, 0].set_ylabel("peak memory beyond inputs [MiB]")
        for one in axes.flat:
            _slopes(one, sorted({row.n for row in drawn}))
            _labels(one)
        figure.suptitle(caption, fontsize=9)
        picture = io.BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()


def _lines(axes: Any, points: Sequence[Point]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.spines[["top", "right"]].set_visible(False)
    for method, colour in COLOURS.items():
        own = sorted((point.n, point.cost) for point in points if point.method == method)
        if own:
            style = {"color": colour, "marker": MARKERS[method], "markersize": 4, "linewidth": 1.2}
            axes.plot(*zip(*own, strict=True), label=method, **style)


def _slopes(axes: Any, sizes: Sequence[int]) -> None:
    """Two dashed lines from the lower left corner of the frame, cut off at its upper edge."""
    axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axes.minorticks_off()
    axes.set_xlim(sizes[0] / 1.2, sizes[-1] * (1.5 * sizes[-1] / sizes[0]) ** 0.4)
    low, high = axes.get_ylim()
    high *= (high / low) ** 0.08  # room for the highest names
    axes.set_ylim(low, high)
    for order, name in ((1, "∝ N"), (2, "∝ N²")):
        last = min(float(sizes[-1]), sizes[0] * (high / low) ** (1 / order))
        ends = [(n, low * (n / sizes[0]) ** order) for n in (sizes[0], last)]
        axes.plot(*zip(*ends, strict=True), "--", color="#999999", linewidth=0.8)
        place = [(a * b) ** 0.5 for a, b in zip(*ends, strict=True)]  # halfway, as logarithms go
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        axes.text(*place, name, color="#777777", fontsize=8, ha="center", va="center", bbox=box)


def _labels(axes: Any) -> None:
    """The method's name right of its last point; of several at one length, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    room = (high / low) ** (1 / 16)
    above: dict[int, float] = {}
    lines = [line for line in axes.get_lines() if line.get_label() in COLOURS]
    for line in sorted(lines, key=lambda line: float(line.get_ydata()[-1])):
        n, cost = line.get_xdata()[-1], float(line.get_ydata()[-1])
        above[n] = max(cost, above.get(n, 0.0) * room)
        axes.text(n * 1.15, above[n], line.get_label(), color=line.get_color(), va="center")
