"""The matrix: what is declared wrongly turns it, and nothing else does."""

import itertools
import sys

import pytest

from lara_estimators import ClaimName
from lara_verify.kills import matrix as module
from lara_verify.kills.judge import Cell, Errand, Judged, judge
from lara_verify.kills.matrix import Row, fill
from lara_verify.verdict import Verdict

BOUNDED, PROTOCOL, UNBIASED = ClaimName.BOUNDED, ClaimName.PROTOCOL, ClaimName.UNBIASED


class Raises:
    """What cannot even be built: an error of ours."""

    def __init__(self, n_samples, _):
        raise ArithmeticError("this fault cannot be built")


@pytest.fixture(autouse=True)
def workers_know_this_module(by_value):
    """Classes of a test travel by value: a worker cannot import them."""
    with by_value(sys.modules[__name__]):
        yield


def judged(member, seed=0):
    return Row(member, 1, (judge(Errand(member, "quick", seed)),))


def test_a_fault_refuted_on_what_it_breaks_alone_is_certified(make_member):
    row = judged(make_member())
    assert row.refuted == (BOUNDED,)
    assert row.verdict is Verdict.CERTIFIED
    assert row.cells[BOUNDED].n_replicates == 16
    assert "stay constant" in row.cells[BOUNDED].message
    assert row.cells[PROTOCOL].n_replicates >= 64


def test_a_fault_refuted_on_what_it_keeps_turns_the_verdict(make_member):
    row = judged(make_member(breaks=(UNBIASED,), keeps=(PROTOCOL, BOUNDED)))
    assert set(row.refuted) == {BOUNDED, UNBIASED}
    assert row.verdict is Verdict.REFUTED


def test_the_right_estimator_declared_a_fault_turns_the_verdict(make_right):
    """Certain: no weights of RA leave the hull; beyond rounding, that is."""
    row = judged(make_right("fault", (BOUNDED,), (PROTOCOL,)))
    assert row.refuted == ()
    assert row.verdict is Verdict.REFUTED


def test_a_fault_declared_right_turns_the_verdict(make_member):
    assert judged(make_member("equivalent", (), (PROTOCOL, BOUNDED))).verdict is Verdict.REFUTED


def test_what_is_right_is_certified(make_right):
    row = judged(make_right())
    assert row.verdict is Verdict.CERTIFIED
    assert all(cell.settled for cell in row.cells.values())


def test_a_fault_none_of_whose_claims_is_tried_is_undecided(make_member):
    row = judged(make_member(breaks=(ClaimName.GRADIENT,)))
    assert ClaimName.GRADIENT not in row.cells
    assert row.verdict is Verdict.UNDECIDED


CELLS = [(BOUNDED, refuted, settled) for refuted, settled in ((True, True), (False, True), (False, False))]


@pytest.mark.parametrize(("cell", "complete", "finished"), list(itertools.product(CELLS, [False, True], [False, True])))
@pytest.mark.parametrize("role", ["fault", "equivalent"])
def test_the_verdict_of_a_row_in_every_case(make_member, role, cell, complete, finished):
    claim, refuted, settled = cell
    member = make_member(role, *(((claim,), ()) if role == "fault" else ((), (claim,))))
    row = Row(member, 1 if finished else 2, (Judged((Cell(claim, refuted, 5, settled),), 0.0, complete),))
    if role == "equivalent" and refuted:
        expected = Verdict.REFUTED  # one seed, however incomplete, is enough
    elif not (complete and finished):
        expected = Verdict.UNDECIDED
    elif role == "fault":
        expected = Verdict.CERTIFIED if refuted else Verdict.REFUTED
    else:
        expected = Verdict.CERTIFIED if settled else Verdict.UNDECIDED
    assert row.verdict is expected


def test_seeds_are_put_together(make_right):
    cells = [Cell(BOUNDED, False, 10, True), Cell(BOUNDED, True, 7, True, "late"), Cell(BOUNDED, True, 5, True, "soon")]
    row = Row(make_right(), 3, tuple(Judged((cell,), 1.0) for cell in cells))
    assert row.cells == {BOUNDED: Cell(BOUNDED, True, 5, True, "soon")}
    assert row.seconds == 3
    assert Row(make_right(), 2, row.judged[:1] * 2).cells[BOUNDED] == Cell(BOUNDED, False, 20, True)


def test_rows_do_not_depend_on_the_number_of_workers_and_come_in_order(make_member, make_right, monkeypatch):
    monkeypatch.setattr(module, "SEEDS", {"quick": 2})
    chosen = (make_member(keeps=(PROTOCOL, ClaimName.SEED_HONOURED)), make_right(), make_member(name="again"))
    seen = []
    one = fill(chosen, "quick", seed=3, n_workers=1, progress=seen.append)
    two = fill(chosen, "quick", seed=3, n_workers=2)
    assert [row.member.name for row in seen] == ["zeros", "itself", "again"]
    assert [row.cells for row in one.rows] == [row.cells for row in two.rows] == [row.cells for row in seen]
    assert [len(row.judged) for row in one.rows] == [1, 2, 1]
    assert one.rows[0].verdict is Verdict.REFUTED  # zeros do not follow the seed
    assert one.verdict is Verdict.REFUTED


def test_what_cannot_be_built_is_an_error_of_ours(make_member):
    matrix = fill((make_member(), make_member(name="broken", build=Raises)), "quick", n_workers=1)
    assert [row.verdict for row in matrix.rows] == [Verdict.CERTIFIED, Verdict.ERROR]
    assert matrix.rows[1].failure == "ArithmeticError: this fault cannot be built"
    assert matrix.verdict is Verdict.ERROR


def test_a_time_limit_leaves_rows_undecided(make_member):
    matrix = fill((make_member(),), "quick", n_workers=1, time_limit=1e-3)
    assert matrix.verdict is Verdict.UNDECIDED
    assert not matrix.interrupted


def test_a_deadline_leaves_a_judgement_incomplete(make_right):
    assert not judge(Errand(make_right(), "quick", 0, deadline=1.0)).complete


def test_an_interrupt_keeps_what_was_judged(make_member, make_right, monkeypatch, one_then_an_interrupt):
    monkeypatch.setattr(module, "run_all", one_then_an_interrupt)
    seen = []
    matrix = fill((make_member(), make_right()), "quick", progress=seen.append)
    assert matrix.interrupted
    assert [row.verdict for row in matrix.rows] == [Verdict.CERTIFIED, Verdict.UNDECIDED]
    assert len(seen) == 2


def test_causes_are_looked_for_where_a_law_is_refuted(make_member, make_right, monkeypatch):
    asked = []

    def diagnose(source, refuted, **settings):
        asked.append((source.estimator, tuple(refuted), settings["alpha"]))
        return ()

    monkeypatch.setattr(module, "diagnose", diagnose)
    matrix = fill((make_member(), make_right()), "quick", n_workers=1, diagnosing=True)
    assert asked == [("ra", (BOUNDED,), 1e-6)]
    assert [row.survivors for row in matrix.rows] == [(), None]
