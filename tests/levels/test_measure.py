"""Measuring over workers: the same counts for any number of them, and an honest end where something stops it."""

import json
import sys

import cloudpickle
import pytest

from lara_verify.levels import measure as module
from lara_verify.levels.measure import Level, measure
from lara_verify.levels.rows import BEYOND_TOLERANCE, NOMINALS, NULLS, Row
from lara_verify.levels.statistics import CERTIFICATE, COORDINATES, DIRECTIONS, Statistic
from lara_verify.report.levels import levels_of
from lara_verify.verdict import Verdict

FEW = (Row(COORDINATES, NULLS[4]), Row(DIRECTIONS, NULLS[1]))


class Raises:
    def __init__(self, bounds):
        raise ArithmeticError("this statistic cannot start")


@pytest.fixture(autouse=True)
def workers_know_this_module():
    """Classes of a test travel by value: a worker cannot import them."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_counts_do_not_depend_on_the_number_of_workers():
    rows = (Row(CERTIFICATE, BEYOND_TOLERANCE[1]), FEW[0])
    one, two = (measure(rows, 600, seed=4, n_workers=n) for n in (1, 2))
    assert one.levels == two.levels
    assert one.levels[0].errors > 0


def test_rows_come_in_their_order_each_once():
    seen = []
    measured = measure(FEW, 300, n_workers=2, progress=seen.append)
    assert tuple(level for levels in seen for level in levels) == measured.levels
    assert [(level.statistic, level.nominal) for level in measured.levels] == [
        (row.statistic.name, nominal) for row in FEW for nominal in NOMINALS
    ]
    assert {level.sequences for level in measured.levels} == {300}
    assert measured.verdict is Verdict.CERTIFIED


def test_a_statistic_that_raises_is_an_error_of_ours():
    measured = measure((FEW[0], Row(Statistic("raises", "refute", Raises, len), NULLS[1])), 300, n_workers=1)
    assert measured.verdict is Verdict.ERROR
    failed = measured.levels[-1]
    assert failed.failure == "ArithmeticError: this statistic cannot start"
    assert failed.sequences == 0
    assert measured.levels[0].verdict is Verdict.CERTIFIED


def test_a_time_limit_leaves_rows_undecided():
    measured = measure(FEW, 10**6, n_workers=1, time_limit=1e-3)
    assert measured.verdict is Verdict.UNDECIDED
    assert all(level.sequences < level.planned for level in measured.levels)
    assert [row.upper for row in levels_of(measured).levels][-1] <= 1.0


def test_an_interrupt_keeps_what_was_counted(monkeypatch, one_then_an_interrupt):
    monkeypatch.setattr(module, "run_all", one_then_an_interrupt)
    measured = measure(FEW, 500)
    assert measured.interrupted
    assert [level.sequences for level in measured.levels] == [250, 250, 0, 0]
    json.dumps([level.upper for level in measured.levels], allow_nan=False)


@pytest.mark.parametrize(
    ("errors", "sequences", "verdict"),
    [
        (0, 2_000, "certified"),
        (100, 2_000, "certified"),  # exactly nominal
        (130, 2_000, "certified"),  # above it, by what chance explains
        (150, 2_000, "refuted"),
        (2_000, 2_000, "refuted"),
        (0, 0, "undecided"),
        (0, 1_999, "undecided"),
        (500, 1_999, "refuted"),
    ],
)
def test_a_level_is_refuted_where_its_interval_lies_above_the_nominal(errors, sequences, verdict):
    assert str(Level("mean", "law", "refute", 0.05, 2_000, sequences, errors).verdict) == verdict
