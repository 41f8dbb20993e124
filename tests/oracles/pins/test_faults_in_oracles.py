"""A fault put into an oracle's own code is seen by its pins: the table cannot pass by construction."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest

from lara_verify.oracles import (
    block_sampling,
    constant_weights,
    enumeration,
    expansion,
    first_order,
    kernel_variance,
    key_ratio,
    key_sampling,
    laplace_table,
    limits,
    linear_error,
    one_sample,
    sampling,
    strata,
)
from lara_verify.oracles.pins import Pin, all_pins, judged


class Fault(NamedTuple):
    """A function of an oracle, what takes its place, and parts of the names of the pins that must then fail."""

    module: ModuleType
    name: str
    wrong: Callable[[Callable[..., Any]], Callable[..., Any]]
    pins: tuple[str, ...]


def times(factor: float) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda right: lambda *args, **kwargs: factor * right(*args, **kwargs)


def with_last(value: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return lambda right: lambda *args: right(*args[:-1], value)


FAULTS = {
    "sum over pairs taken half": Fault(sampling, "_sum_over_pairs", times(0.5), ("E r r r", "b2, ", "b3, ")),
    "products of another sign": Fault(sampling, "_products", times(-1), ("E r r, N(0, I)", "b1, N(0, I)")),
    "mean not subtracted": Fault(
        sampling, "_from_mean", with_last(None), ("r, N(mu, I)", "b1, N(mu, I)", "r, pairs about mu")
    ),
    "b2 without 3 b1 chi^2": Fault(first_order, "chi_squared", times(0), ("first_order.second_order_bias",)),
    "contractions off": Fault(expansion, "_contracted", times(1.001), ("expansion.bias_expansion",)),
    "no growth of wide draws": Fault(laplace_table, "_parts", with_last(None), ("MSE, S=3, N(mu, 1.3 I)",)),
    "no factor of the directions left out": Fault(
        laplace_table,
        "_rest",
        lambda _: lambda *_: (np.ones(1), np.ones(1)),
        ("MSE, S=2, N(0, 1.3 I)", "S=1e5, N(0, 1.3"),
    ),
    "another variance of the directions left out": Fault(
        strata,
        "_project",
        lambda right: lambda *args: right(*args)._replace(rest_variance=1.2),
        ("MSE, S=2, N(0, 1.3 I)", "S=1e5, N(0, 1.3"),
    ),
    "rows of a block taken as independent": Fault(
        kernel_variance, "_pair", lambda _: lambda phi, *_: np.ones_like(phi), ("Block Var",)
    ),
    "second moments of blocks off": Fault(block_sampling, "_series", times(1.001), ("Rows G",)),
    "balance of other proposals": Fault(
        limits, "_balance", lambda right: lambda w, mu: right(w, 1.01 * mu), ("limits.limit",)
    ),
    "kinks missed": Fault(limits, "_crossings", lambda _: lambda *_: [], ("query-clamped, beta 8 d=1",)),
    "keys too long in f": Fault(
        one_sample, "feature_value", lambda right: lambda w, y, v: right(w, 1.01 * y, v), ("one_sample.r", "stratified")
    ),
    "draws at the wrong place": Fault(linear_error, "_drawn", with_last(None), ("E L L'",)),
    "weights not squared": Fault(
        constant_weights, "_checked", lambda right: lambda *args: np.sqrt(right(*args)), ("constant_weights.constant",)
    ),
    "inclusion squared": Fault(
        key_sampling, "checked_inclusion", lambda _: lambda rho: rho**2, ("key_sampling.poisson_keys",)
    ),
    "keys drawn uniformly": Fault(
        enumeration,
        "normalised",
        lambda _: lambda problem, _: key_sampling.uniform_probabilities(problem),
        ("enumeration.independent_keys",),
    ),
    "another law in the Laplace formula": Fault(
        key_ratio, "checked_inclusion", lambda _: lambda rho: rho**1.01, ("key_ratio.poisson",)
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_inside_an_oracle_is_seen(name, monkeypatch):
    """Every pin that the fault names fails, by value or by refusal."""
    fault = FAULTS[name]
    monkeypatch.setattr(fault.module, fault.name, fault.wrong(getattr(fault.module, fault.name)))
    found = {part: [pin for pin in all_pins() if part in pin.name] for part in fault.pins}
    for part, pins in found.items():
        assert pins, f"no pin is named {part}"
        passing = [pin.name for pin in pins if passes(pin)]
        assert not passing, f"with {name}: {passing}"


def passes(pin: Pin) -> bool:
    try:
        return judged(pin).ok
    except ValueError:
        return False
