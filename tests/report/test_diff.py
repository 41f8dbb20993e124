"""What two reports say differently of the same cases."""

import pytest

from lara_verify.report.difference import difference


@pytest.fixture
def compare(make_results, make_check):
    """The difference between two reports, from verdicts by problem; the later did not run ``declared``."""

    def make(before, after, declared=()):
        old, new = ([make_check(p, verdict=v) for p, v in verdicts.items()] for verdicts in (before, after))
        ids = [make_check(problem).id for problem in declared]
        return difference(make_results(old), make_results(new, deselected=ids))

    return make


@pytest.mark.parametrize(
    ("before", "after", "declared", "code"),
    [
        ({"P1": "certified"}, {"P1": "certified"}, (), 0),
        ({"P1": "refuted"}, {"P1": "refuted"}, (), 0),
        ({"P1": "certified"}, {"P1": "refuted"}, (), 1),
        ({"P1": "certified"}, {"P1": "undecided"}, (), 1),
        ({"P1": "skipped"}, {"P1": "error"}, (), 1),
        ({"P1": "certified"}, {"P1": "skipped"}, (), 3),
        ({"P1": "refuted"}, {"P1": "certified"}, (), 3),
        ({"P1": "undecided"}, {"P1": "refuted"}, (), 3),
        ({"P1": "certified"}, {}, (), 1),
        ({"P1": "certified"}, {}, ("P1",), 3),
        ({"P1": "refuted"}, {}, (), 3),
        ({}, {"P1": "refuted"}, (), 3),
        ({"P1": "certified", "P2": "refuted"}, {"P1": "refuted", "P2": "certified"}, (), 1),
    ],
)
def test_a_loss_is_told_from_any_other_difference(compare, before, after, declared, code):
    assert compare(before, after, declared).exit_code == code


def test_cases_that_changed_came_and_went(compare):
    found = compare({"P1": "certified", "P2": "refuted", "P3": "certified"}, {"P1": "undecided", "P4": "certified"})
    assert [(a.problem, a.verdict, b.verdict) for a, b in found.changed] == [("P1", "certified", "undecided")]
    assert [c.problem for c in found.appeared] == ["P4"]
    assert [c.problem for c in found.vanished] == ["P2", "P3"]
    assert [c.problem for c in found.lost] == ["P1", "P3"]


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ({"interval_low": 1.0, "interval_high": 2.0}, {"interval_low": 1.9, "interval_high": 3.0}, []),
        ({"interval_low": 1.0, "interval_high": 2.0}, {"interval_low": 2.1, "interval_high": 3.0}, ["deviation"]),
        ({"interval_low": 1.0, "interval_high": 2.0}, {"interval_low": -1.0, "interval_high": 0.9}, ["deviation"]),
        ({"mse_ratio_low": 0.6, "mse_ratio_high": 0.7}, {"mse_ratio_low": 0.8, "mse_ratio_high": 0.9}, ["mse ratio"]),
        ({"mse_ratio_low": 0.6}, {"mse_ratio_low": 0.8, "mse_ratio_high": 0.9}, []),
        ({"b1": 0.6}, {"b1": 0.8}, []),
    ],
)
def test_figures_that_left_their_intervals(make_results, make_check, before, after, moved):
    old, new = (make_results([make_check(figures=figures)]) for figures in (before, after))
    assert [m.figure for m in difference(old, new).moved] == moved


def test_another_worst_coordinate_is_no_move(make_results, make_check):
    """Deviations are compared, not means: the coordinate that deviates most may have another mean."""
    old = make_check(expected=0.5, measured=0.51, figures={"interval_low": 0.49, "interval_high": 0.53})
    new = make_check(expected=0.1, measured=0.11, figures={"interval_low": 0.09, "interval_high": 0.13})
    assert difference(make_results([old]), make_results([new])).moved == ()
