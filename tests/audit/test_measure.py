"""The audit, tried on tests whose rates of error are known."""

import pytest

from lara_verify.audit import AuditedRow, AuditError, audit, measure
from lara_verify.audit.stand_ins import StandIn, stand_ins
from lara_verify.levels.clopper_pearson import clopper_pearson
from lara_verify.verdict import Verdict


@pytest.fixture
def rows(audited_file, monkeypatch):
    """Audit a test; its rows by name. Only a few are put in the place of its own."""
    some = ("the reference of ra", "zeros", "echo")
    monkeypatch.setattr(measure, "stand_ins", lambda kind: [one for one in stand_ins(kind) if one.name in some])

    def run(name, **options):
        options = {"runs": 60, "n_workers": 1} | options
        return {row.stand_in.name: row for row in audit(f"{audited_file}::{name}", **options).rows}

    return run


def row(role, **counts):
    return AuditedRow(StandIn(role, role, "ra"), 0.05, 200, **counts)


@pytest.mark.parametrize(
    ("judged", "verdict"),
    [
        (row("right", passed=200), Verdict.CERTIFIED),
        (row("as it is", passed=190, failed=10), Verdict.UNDECIDED),
        (row("right", passed=100, failed=100), Verdict.REFUTED),
        (row("as it is", passed=100, raised=100), Verdict.REFUTED),
        (row("right"), Verdict.UNDECIDED),
        (row("trivial", failed=20), Verdict.CERTIFIED),
        (row("trivial", passed=10, failed=10), Verdict.UNDECIDED),
        (row("trivial", passed=20), Verdict.REFUTED),
        (row("trivial", raised=20), Verdict.UNDECIDED),
        (row("fault", passed=20), None),
        (row("fault", failure="it ended its process"), Verdict.REFUTED),
    ],
)
def test_a_row_is_judged_by_its_interval(judged, verdict):
    assert judged.verdict == verdict


def test_intervals_are_of_the_runs_that_count():
    assert row("right", passed=8, failed=1, raised=1).alarms == clopper_pearson(2, 10)
    assert row("fault", passed=8, failed=1, raised=1).let_through == clopper_pearson(8, 9)


def test_what_is_wrong_is_put_in_the_place_of_the_argument(rows):
    found = rows("test_in_the_hull")
    assert {name: (r.passed, r.failed, r.raised) for name, r in found.items()} == {
        "as it is": (0, 60, 0),
        "the reference of ra": (60, 0, 0),
        "zeros": (0, 20, 0),
        "echo": (20, 0, 0),
    }
    assert found["as it is"].said.startswith("AssertionError: assert ")


def test_counts_do_not_depend_on_workers(rows):
    one, two = (rows("test_global", n_workers=n)["as it is"] for n in (1, 2))
    assert one == two


def test_what_cannot_be_rerun_ends_the_audit(rows):
    with pytest.raises(AuditError, match="it names 2 tests"):
        rows("test_two")


def test_a_limit_of_time_keeps_what_was_run(rows):
    (own,) = rows("test_global", time_limit=1e-3).values()
    assert (own.runs, own.verdict) == (0, Verdict.UNDECIDED)
