"""Every oracle agrees with its second road, and no row of the table would pass for a wrong oracle."""

from collections import Counter

import numpy as np
import pytest

from lara_verify.oracles.pins import all_pins, judged_answers
from lara_verify.oracles.pins.pin import CLOSED, RULE, relative_difference

PINS = list(all_pins())


def wrongs(answer):
    """Answers of oracles with a common mistake."""
    yield "sign", -answer
    yield "half", answer / 2
    yield "a millionth", answer * (1 + 1e-6)
    if answer.size > 1:
        worst = np.unravel_index(np.abs(answer).argmax(), answer.shape)
        dropped = answer.copy()
        dropped[worst] = 0
        yield "one entry dropped", dropped
    if answer.ndim > 1 and len(answer) > 1 and np.abs(answer - answer[::-1]).max() > 1e-3 * np.abs(answer).max():
        yield "rows exchanged", answer[::-1]


@pytest.mark.parametrize("pin", PINS, ids=lambda pin: pin.name)
def test_the_two_roads_agree_and_a_wrong_oracle_does_not(pin):
    first, second = pin.answers()
    row = judged_answers(pin, first, second)
    assert row.ok, f"{pin.name}: {row.difference:.1e}, limit {pin.limit:.0e}"
    for name, wrong in wrongs(np.asarray(first)):
        assert not judged_answers(pin, wrong, second).ok, f"{name} of {pin.name} would pass"


def test_names_are_unique_and_limits_are_the_two_agreed():
    assert not [name for name, times in Counter(pin.name for pin in PINS).items() if times > 1]
    assert {pin.limit for pin in PINS} <= {CLOSED, RULE}


def test_two_roads_are_two():
    assert all(pin.first != pin.second for pin in PINS)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.zeros(2), np.zeros(2)),
        (np.full(2, np.nan), np.ones(2)),
        (np.ones(2), np.full(2, np.inf)),
        (np.ones(2), np.ones(3)),
        (np.ones(0), np.ones(0)),
    ],
)
def test_answers_that_say_nothing_are_not_ok(first, second):
    assert relative_difference(first, second) == np.inf
    assert not judged_answers(PINS[0], first, second).ok
