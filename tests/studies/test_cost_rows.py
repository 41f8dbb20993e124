"""From times to rows, CSV and lines."""

import csv
import io
import math

import numpy as np
import pytest

from lara_studies.cost.methods import BARE, BARE_FIXED, BARE_NAIVE, SOFTMAX, Method
from lara_studies.cost.monte_carlo import DRAWS, NUMPY
from lara_studies.cost.rows import (
    CostRow,
    ExponentRow,
    ReplicateRow,
    RoundRow,
    as_csv,
    cost_rows,
    exponent_rows,
    replicate_rows,
    round_rows,
)
from lara_studies.cost.sequences import Expectation, Measurable
from lara_studies.cost.setting import BACKWARD, FORWARD, Measured, Setting, Skipped, Timed
from lara_studies.cost.terminal import cost_lines, exponent_lines, replicate_lines

SIZES = (4096, 16384, 65536)


@pytest.fixture
def sequences():
    """Times that are known multiples of one another: rfa 1.125 forward, 1.75 with backward, lara 2 and 3."""
    timed = []
    for n in SIZES:
        unit = n / 4096
        for step, factor in ((FORWARD, 1.0), (BACKWARD, 4.0)):
            for method, multiple in (
                (BARE, 1),
                (BARE_NAIVE, 1.5),
                ("rfa", 1.125),
                ("lara[balance]", 2),
                (SOFTMAX, unit),
            ):
                times = [unit * factor * multiple * slow for slow in (1.5, 1.0, 3.0)]
                peak = None if method.startswith("bare") else round(1.0625 * factor * n * 64)
                timed.append(Timed(method, step, n, times, peak, n * 64))
        timed.append(Timed(BARE_FIXED, BACKWARD, n, [unit * 3 * slow for slow in (1.5, 1.0, 3.0)], None, n * 64))
    return Measured(timed, [Skipped("ra", FORWARD, 65536, "too long")], "a machine")


@pytest.fixture
def replicates():
    return Measured([Timed("ra", DRAWS, 16, [1.0, 2.0]), Timed("ra", NUMPY, 16, [3.0, 4.0])])


def test_ratios_are_of_the_methods_own_limit(sequences, rng):
    rows = {(row.method, row.step, row.n): row for row in cost_rows(sequences, rng)}
    forward, backward = rows["rfa", FORWARD, 4096], rows["rfa", BACKWARD, 4096]
    assert (forward.bare, forward.ratio, forward.ratio_low, forward.ratio_high) == (BARE, 1.125, 1.125, 1.125)
    assert (forward.fastest_s, forward.median_s, forward.n_rounds) == (1.125, 1.6875, 3)
    assert (forward.of_512_rows, forward.of_sdpa, forward.peak_outputs) == (0.75, 1.125, 1.0625)
    assert (backward.bare, backward.ratio) == (BARE_FIXED, 1.5)
    assert rows["lara[balance]", BACKWARD, 4096].bare == BARE
    assert rows[BARE, FORWARD, 65536].ratio == 1


def test_limits_are_those_of_issue_4(sequences, rng):
    rows = {(row.method, row.step, row.n): row for row in cost_rows(sequences, rng)}
    limits = {key: (row.ratio_limit, row.memory_limit) for key, row in rows.items() if row.method == "lara[balance]"}
    assert limits == {
        ("lara[balance]", FORWARD, 4096): (1.3, 1.15),
        ("lara[balance]", FORWARD, 16384): (1.3, 1.15),
        ("lara[balance]", FORWARD, 65536): (1.3, 1.15),
        ("lara[balance]", BACKWARD, 4096): (1.6, 4.5),
        ("lara[balance]", BACKWARD, 16384): (1.8, 4.5),
        ("lara[balance]", BACKWARD, 65536): (None, 4.5),
    }
    assert rows["rfa", FORWARD, 4096].ratio_limit == 1.2
    assert rows[SOFTMAX, FORWARD, 4096].ratio_limit is None


def test_what_was_skipped_is_a_row_with_its_reason(sequences, rng):
    last = cost_rows(sequences, rng)[-1]
    assert last == CostRow("ra", FORWARD, 65536, skipped="too long")


def test_exponents_are_of_time_and_memory(sequences, rng):
    rows = {(row.method, row.step, row.of): row for row in exponent_rows(cost_rows(sequences, rng))}
    assert rows["rfa", FORWARD, "time"].exponent == pytest.approx(1)
    assert rows["rfa", FORWARD, "memory"].exponent == pytest.approx(1)
    assert rows[SOFTMAX, BACKWARD, "time"].exponent == pytest.approx(2)
    assert (BARE, FORWARD, "memory") not in rows
    assert rows["rfa", FORWARD, "time"].limit_low == 0.95


def test_replicates_are_compared_with_their_own_normals(replicates, rng):
    draws, numpy = replicate_rows(replicates, 500, rng)
    assert (draws.ratio, draws.ratio_limit) == (1.0, None)
    assert (numpy.ratio, numpy.ratio_of_medians, numpy.ratio_limit) == (3.0, 3.5 / 1.5, 2.5)
    assert (numpy.fastest_us, numpy.replicates_per_s) == (6000.0, 500 / 3)


def test_csv_has_every_column_and_every_digit(sequences, replicates, rng):
    costs = cost_rows(sequences, rng)
    tables = {
        CostRow: costs,
        ExponentRow: exponent_rows(costs),
        ReplicateRow: replicate_rows(replicates, 512, rng),
        RoundRow: list(round_rows(sequences, replicates)),
    }
    assert {"method", "step", "n", "fastest_s", "median_s", "ratio", "ratio_low", "ratio_high"} <= set(CostRow._fields)
    for kind, rows in tables.items():
        read = list(csv.DictReader(io.StringIO(as_csv(kind._fields, rows).decode())))
        assert len(read) == len(rows) > 0
        for line, row in zip(read, rows, strict=True):
            assert tuple(line) == kind._fields
            for text, value in zip(line.values(), row, strict=True):
                assert text == ("" if value is None else str(value))
                if isinstance(value, float) and not math.isnan(value):
                    assert float(text) == value
    assert len(tables[RoundRow]) == 3 * len(sequences.timed) + 4


def test_lines_say_whether_a_limit_was_kept(sequences, replicates, rng):
    costs = cost_rows(sequences, rng)
    lines = cost_lines(costs, "title")
    (rfa,) = (line for line in lines if line.split()[:3] == ["rfa", "forward", "4,096"])
    (lara,) = (line for line in lines if line.split()[:3] == ["lara[balance]", "forward", "4,096"])
    expected = "rfa forward 4,096 1125 ms 1688 ms 1.12 1.12-1.12 <= 1.2 OK 0.75 1.12 1.06 <= 1.15 OK"
    assert rfa.split() == expected.split()
    assert "<= 1.3 over" in lara
    assert lines[0] == "title"
    assert "not measured: ra forward at N = 65,536: too long" in lines
    assert any("0.95-1.05 OK" in line for line in exponent_lines(exponent_rows(costs)))
    assert any("<= 2.5 over" in line for line in replicate_lines(replicate_rows(replicates, 512, rng), "quietly"))
    assert cost_lines([], "title") == exponent_lines([]) == replicate_lines([], "quietly") == []


class Seen:
    def __init__(self, expected):
        self.expected = expected


@pytest.mark.parametrize(
    ("order", "seconds", "peak", "n", "reason"),
    [
        (2, 0.1, 0, 2048, None),  # 16 times .1 s is within 2 s
        (2, 0.1, 0, 4096, "more than 2 s"),
        (1, 0.1, 0, 65536, None),  # what is linear is always measured, however long
        (2, 1e-6, 2**50, 1024, "half of the free memory"),
        (1, 1e-6, 2**50, 1024, "half of the free memory"),
    ],
)
def test_what_would_take_too_long_is_not_measured(order, seconds, peak, n, reason):
    expect = Expectation(Method("some", lambda *qkv: qkv, order), FORWARD, Setting(longest_call=2.0))
    assert expect.refusal(n) is None
    expect.note(512, Measurable(Seen(seconds), peak, 1))
    found = expect.refusal(n)
    assert found is None if reason is None else reason in found


def test_rows_come_pass_by_pass_and_length_by_length(sequences, rng):
    rows = [row for row in cost_rows(sequences, rng) if not row.skipped]
    places = [(row.step, row.n) for row in rows]
    assert places == sorted(places)
    assert len(rows) == len(sequences.timed)
    assert np.isfinite([row.ratio for row in rows]).all()
