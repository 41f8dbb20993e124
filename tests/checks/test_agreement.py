"""The sweep of twins and references over extremes, and the roster of options that it goes through."""

import re
import subprocess
import sys

import numpy as np
import pytest

from lara_estimators import reference
from lara_verify.checks.agreement import BALLS, centred_line, extremes, rows_of, sweep, table
from lara_verify.checks.roster import COUPLINGS, PROPOSALS, WEIGHTINGS, every_option
from lara_verify.problems import make_problem


def names_on(problem):
    return [option.make(reference).name for option in every_option(make_problem(problem))]


def test_the_roster_has_every_class_and_every_combination_once():
    names = names_on("P6-oblong")
    assert len(set(names)) == len(names)
    assert {option.class_name for option in every_option(make_problem("P6-oblong"))} == set(reference.__all__)
    assert sum(name.startswith("lara") for name in names) == len(WEIGHTINGS) * len(PROPOSALS) * 3
    n_trigonometric = len(COUPLINGS) - 1
    assert sum(name.startswith("rfa") for name in names) == 4 * len(COUPLINGS) + n_trigonometric


def test_the_roster_leaves_out_what_a_problem_does_not_admit():
    assert not any(name.startswith(("lara", "keys", "poisson", "stratified")) for name in names_on("P6-causal"))
    assert not any(name.startswith("exact_plus_tail") for name in names_on("P6-one-key"))
    assert "exact_plus_tail[given]" in names_on("P5")


@pytest.mark.parametrize("problem", extremes())
def test_everything_on_the_roster_takes_the_problem(problem, rng):
    made = make_problem(problem)
    for option in every_option(made):
        estimator = option.make(reference)
        value = estimator(made, estimator.draw(made, rng)).value
        assert np.isfinite(value).all() or "trigonometric" in estimator.name


@pytest.mark.parametrize("problem", ["P5", "P6-oblong", "P6-causal-logits30", "P6-one-key-offset100"])
def test_references_lie_within_their_bound_of_the_balls(problem):
    rows = rows_of(list(sweep((problem,), (BALLS,))))
    assert len(rows) == len(names_on(problem))
    assert max(row.largest for row in rows) <= 1


@pytest.mark.parametrize("problem", ["P5", "P6-causal", "P6-offset100"])
def test_twins_lie_within_the_bounds_of_the_references(problem):
    pytest.importorskip("torch")
    found = list(sweep((problem,), ("float32", "bfloat16")))
    rows = rows_of(found)
    assert len(rows) == 2 * len(names_on(problem))
    assert all(row.largest <= 1 for row in rows), table([row for row in rows if row.largest > 1])
    if problem == "P6-offset100":
        largest = [float(figure) for figure in re.findall(r"\b(?:ra|lara) (\S+) \(", centred_line(found))]
        assert len(largest) == 2
        assert max(largest) <= 32


@pytest.mark.parametrize("problem", ["P6-oblong", "P6-logits30", "P6-causal-logits30", "P6-d1", "P6-duplicates"])
def test_twins_lie_within_the_bounds_on_further_problems_of_the_kind(problem, rng):
    pytest.importorskip("torch")
    rows = rows_of(list(sweep((problem,), ("float64", "float32"), seed=int(rng.integers(1, 2**31)))))
    assert all(row.largest <= 1 for row in rows), table([row for row in rows if row.largest > 1])
    assert np.median([row.median for row in rows]) > 1e-4


def test_a_twin_that_is_off_is_named_with_where(monkeypatch):
    twins = pytest.importorskip("lara_estimators.torch")

    def off(self, problem, noise, call=twins.RA.__call__):
        estimate = call(self, problem, noise)
        return estimate._replace(value=estimate.value * (1 + 1e-3))

    monkeypatch.setattr(twins.RA, "__call__", off)
    rows = rows_of(list(sweep(("P6-small", "P6-d1"), ("float32",), "ra")))
    wrong = [row for row in rows if row.largest > 1]
    assert [(row.estimator, row.dtype) for row in wrong] == [("ra", "float32")]
    assert wrong[0].worst in table(wrong)


def test_the_command_prints_the_table_and_its_verdict():
    command = [sys.executable, "-m", "lara_verify.checks.agreement", "--problems", "P6-small", "--dtypes", BALLS]
    done = subprocess.run([*command, "--estimators", "index"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "every distance is within its bound" in done.stdout
