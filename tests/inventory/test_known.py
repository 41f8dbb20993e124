"""Every option has an oracle or a reason, and every oracle that is named is held against a second road."""

import numpy as np
import pytest

from lara_estimators import reference
from lara_verify.checks.roster import every_option
from lara_verify.inventory.known import oracles_of
from lara_verify.oracles.pins import all_pins
from lara_verify.problems import make_problem

PINNED = {pin.oracle for pin in all_pins()}

NAMES = sorted({option.make(reference).name for option in every_option(make_problem("P6-small"))})


@pytest.mark.parametrize("name", NAMES)
def test_an_oracle_that_is_named_is_pinned_and_none_has_a_reason(name):
    said = oracles_of(name)
    if said.startswith("none"):
        assert len(said) > len("none needed: ")
    else:
        assert set(said.split(", ")) <= PINNED


def test_what_claims_a_known_mean_has_an_oracle():
    options = every_option(make_problem("P6-small"))
    claiming = [
        estimator.name
        for estimator in (option.make(reference) for option in options)
        if {"unbiased", "bias_rate"} & {str(claim.name) for claim in estimator.claims}
    ]
    assert len(claiming) > 10
    assert not [name for name in claiming if oracles_of(name).startswith("none")]


def test_most_options_are_told_apart():
    assert len({oracles_of(name) for name in NAMES}) >= 12
    assert np.mean([oracles_of(name).startswith("none") for name in NAMES]) < 0.6
