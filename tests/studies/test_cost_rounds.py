"""Rounds, clocks and what is said of ratios: nothing here asserts a speed."""

import itertools

import numpy as np
import pytest

from lara_studies.cost import others
from lara_studies.cost.clock import MOST_CALLS, TRIED_AGAIN_BELOW, WINDOW, Visit
from lara_studies.cost.clock import seconds as clock
from lara_studies.cost.ratio import ratio
from lara_studies.cost.rounds import interleaved


def rounds_of(n_rounds, rng, keys="abcdef"):
    """The order in which visits were made, a string a round."""
    made = []
    told = []
    visits = {key: lambda key=key: made.append(key) or float(len(made)) for key in keys}
    seconds = interleaved(visits, n_rounds, rng, told.append)
    assert told == list(range(1, n_rounds + 1))
    orders = ["".join(made[start : start + len(keys)]) for start in range(0, len(made), len(keys))]
    return orders, seconds


def test_every_round_visits_all_once_and_results_stay_in_the_order_of_rounds(rng):
    orders, seconds = rounds_of(20, rng)
    assert [sorted(order) for order in orders] == [sorted("abcdef")] * 20
    for key, values in seconds.items():
        assert values == [6 * number + order.index(key) + 1 for number, order in enumerate(orders)]


def test_the_order_is_another_in_every_round_and_a_function_of_the_seed():
    orders, _ = rounds_of(20, np.random.default_rng(4))
    assert orders == rounds_of(20, np.random.default_rng(4))[0]
    assert len(set(orders)) > 10


@pytest.mark.parametrize(
    ("expected", "n_calls", "warm"), [(0.004, 2, 1), (1e-9, MOST_CALLS, 1), (0.04, 1, 1), (0.06, 1, 0), (9.0, 1, 0)]
)
def test_a_visit_fills_its_window_and_keeps_the_fastest_call(expected, n_calls, warm):
    made = []
    tried = [expected * 2, expected, expected * 3] if expected * 7 < TRIED_AGAIN_BELOW else [expected]
    answers = itertools.chain([expected * 7], tried, itertools.count(expected, -expected / 100))
    visit = Visit(lambda: made.append(1), lambda run: run() or next(answers))
    assert visit.expected == expected
    assert n_calls == max(1, min(MOST_CALLS, int(WINDOW / expected)))
    del made[:]
    assert visit() == pytest.approx(expected * (1 - (n_calls - 1) / 100))
    assert len(made) == warm + n_calls


def test_the_clock_frees_what_was_returned_and_runs_forward():
    class Held:
        alive = 0

        def __init__(self):
            Held.alive += 1

        def __del__(self):
            Held.alive -= 1

    assert clock(Held) > 0
    assert Held.alive == 0


def test_a_ratio_of_proportional_times_is_exact_and_certain(rng):
    bare = rng.exponential(size=15) + 1
    assert tuple(ratio(2 * bare, bare, rng)) == (2.0, 2.0, 2.0, 2.0)


def test_one_lucky_round_widens_the_interval(rng):
    found = ratio([1.0] + [2.0] * 9, [1.0] * 10, rng)
    assert tuple(found) == (1.0, 1.0, 2.0, 2.0)


def test_one_round_is_all_there_is(rng):
    assert tuple(ratio([3.0], [1.5], rng)) == (2.0, 2.0, 2.0, 2.0)


@pytest.mark.parametrize(("seconds", "bare"), [([], []), ([1.0], [1.0, 2.0])])
def test_a_ratio_refuses_rounds_that_do_not_match(seconds, bare, rng):
    with pytest.raises(ValueError, match="expected as many of both"):
        ratio(seconds, bare, rng)


def test_others_are_all_that_is_busy_but_this_process(monkeypatch):
    """Of 2 cores over 10 s, 12 s were busy and 5 of them ours: 7 of 20."""
    clock = iter([0.0, 10.0])
    busy, own = iter([100.0, 112.0]), iter([3.0, 8.0])
    monkeypatch.setattr(others, "monotonic", lambda: next(clock))
    monkeypatch.setattr(others.psutil, "cpu_count", lambda: 2)
    monkeypatch.setattr(others, "busy_seconds", lambda: next(busy))
    monkeypatch.setattr(others, "own_seconds", lambda: next(own))
    assert others.Others().share() == pytest.approx(0.35)


def test_processor_time_never_runs_backward():
    first = others.busy_seconds(), others.own_seconds()
    sum(range(10**5))
    assert others.busy_seconds() >= first[0] >= 0
    assert others.own_seconds() >= first[1] > 0
