"""The plot: well-formed, the same for the same rows, a line and a name for every method."""

from xml.etree import ElementTree

import pytest

from lara_studies.cost.plot import COLOURS, plot
from lara_studies.cost.rows import CostRow
from lara_studies.cost.setting import BACKWARD, FORWARD


@pytest.fixture
def rows():
    found = []
    for step in (FORWARD, BACKWARD):
        for rank, method in enumerate(COLOURS, start=1):
            for n in (1024, 4096, 16384)[: 1 if method == "ra" else 3]:
                peak = None if method == "bare" else rank * n * 2048
                found.append(CostRow(method, step, n, 3, rank * n * 1e-6, peak_bytes=peak))
    return [*found, CostRow("ra", FORWARD, 4096, skipped="too long")]


def test_every_method_is_named_and_equal_rows_give_equal_bytes(rows):
    pytest.importorskip("matplotlib")
    picture = plot(rows, "caption: 3 rounds")
    assert picture == plot(rows, "caption: 3 rounds")
    text = "".join(ElementTree.fromstring(picture).itertext())
    for words in (
        *COLOURS,
        "caption: 3 rounds",
        "fastest round [s]",
        "peak memory beyond inputs [MiB]",
        "∝ N²",
        "16,384",
    ):
        assert words in text


def test_one_length_is_drawn_too(rows):
    pytest.importorskip("matplotlib")
    assert ElementTree.fromstring(plot([row for row in rows if row.n == 1024], "")).tag.endswith("svg")
