"""The table: cells are measured, and an error in any of them shows."""

from dataclasses import replace

import numpy as np
import pytest

from lara_estimators import reference
from lara_verify.inventory import as_lines, inventory
from lara_verify.inventory import table as tables
from lara_verify.inventory.slope import slope_error


def test_every_cell_is_filled():
    rows = list(inventory("stratified_ra"))
    (row,) = rows
    assert row.wrong == ()
    assert all(row[:6])
    header, line = as_lines(rows)
    assert header.split()[0] == "estimator"
    assert line.startswith("stratified_ra")
    assert "of the bound" in row.reference


def test_causal_ones_have_rows_of_their_own():
    assert [row.estimator for row in inventory("index")] == ["index", "index, causal"]


def test_without_torch_the_reason_is_given(monkeypatch):
    monkeypatch.setattr(tables, "find_spec", lambda name: None)  # noqa: ARG005
    (row,) = inventory("mean_value")
    assert (row.torch, row.cross_check, row.gradient) == ("none: torch is not installed",) * 3
    assert row.wrong == ()


def test_a_reference_that_is_off_shows(monkeypatch):
    right = reference.MeanValue.__call__

    def off(self, problem, noise):
        estimate = right(self, problem, noise)
        return estimate._replace(value=estimate.value * (1 + 1e-13))

    monkeypatch.setattr(reference.MeanValue, "__call__", off)
    (row,) = inventory("mean_value")
    assert "reference" in row.wrong


def test_a_twin_and_a_gradient_that_are_off_show(monkeypatch):
    twins = pytest.importorskip("lara_estimators.torch")
    right = twins.StratifiedRA.__call__

    def off(self, problem, noise):
        estimate = right(self, problem, noise)
        return estimate._replace(value=estimate.value + 1e-4 * problem.v.mean())

    monkeypatch.setattr(twins.StratifiedRA, "__call__", off)
    (row,) = inventory("stratified_ra")
    assert {"torch", "cross_check", "gradient"} <= set(row.wrong)


def test_a_detached_gradient_is_found(monkeypatch):
    twins = pytest.importorskip("lara_estimators.torch")
    option = next(o for o in tables.every_option(tables.make_problem("P6-small")) if o.class_name == "Importance")
    problem = tables.make_problem("P6-small")
    noise = reference.Importance(8).draw(problem, np.random.default_rng(1))
    assert slope_error(problem, option, noise) < 1e-12
    right = twins.Importance.__call__

    def keys_detached(self, problem, noise):
        return right(self, replace(problem, k=problem.k.detach()), noise)

    monkeypatch.setattr(twins.Importance, "__call__", keys_detached)
    assert slope_error(problem, option, noise) > 1e-3
