"""Problems for the estimators: small, of every shape that is allowed; every estimator with every option on them."""

from typing import NamedTuple

import numpy as np
import pytest

from lara_estimators import Problem
from lara_verify.checks.roster import Option, every_option


@pytest.fixture
def make_problem():
    """Return ``make(N, M, d, e, ...)``: a problem whose arrays are representable in `dtype`."""

    def make(
        n_queries=3, n_keys=5, dim=2, value_dim=4, *, batch=(), key_batch=None, mask=None, seed=0, size=1.0, scale=None
    ):
        rng = np.random.Generator(np.random.SFC64(seed))
        key_batch = batch if key_batch is None else key_batch
        q = size * rng.standard_normal((*batch, n_queries, dim))
        k = size * rng.standard_normal((*key_batch, n_keys, dim))
        v = rng.standard_normal((*key_batch, n_keys, value_dim))
        q, k, v = (array.astype(np.float32).astype(np.float64) for array in (q, k, v))
        return Problem(q, k, v, scale, mask)

    return make


class TwinCase(NamedTuple):
    """An estimator with its options on a problem that it admits, in float64 and NumPy."""

    kind: str
    problem: Problem
    option: Option

    @property
    def label(self):
        """Its id: what differs from the defaults, in words."""
        said = [value if isinstance(value, str) else "given" for value in self.option.fields.values() if words(value)]
        return "-".join([self.kind, self.option.class_name, *said])


def words(value):
    return isinstance(value, str) or type(value).__name__.startswith("Given")


def problem_of(kind):
    """Unmasked and without batch; masked, in batch dimensions that broadcast; and that again when causal."""
    rng = np.random.Generator(np.random.SFC64(7))
    n_keys = 6
    n_queries = n_keys if kind == "causal" else 4
    batch, key_batch = ((), ()) if kind == "plain" else ((2, 2, 1), (2,))
    shapes = ((*batch, n_queries, 3), (*key_batch, n_keys, 3), (*key_batch, n_keys, 2))
    arrays = (rng.standard_normal(shape).astype(np.float32).astype(np.float64) for shape in shapes)
    mask = None if kind == "plain" else np.array([[True, False, True, True, True, True], [True] * 6])
    return Problem(*arrays, None, mask, kind == "causal")


def twin_cases():
    """All of them."""
    problems = [(kind, problem_of(kind)) for kind in ("plain", "masked", "causal")]
    return [TwinCase(kind, problem, option) for kind, problem in problems for option in every_option(problem)]


def of_every_class(cases):
    """The first and last option of every class, with masks and when causal."""
    chosen = {}
    for case in cases:
        if case.kind != "plain":
            ends = chosen.setdefault((case.kind, case.option.class_name), [case, case])
            ends[1] = case
    return [case for first, last in chosen.values() for case in ([first] if first is last else [first, last])]


CHOICES = {
    "twin_case": lambda cases: cases,
    "masked_twin": lambda cases: [case for case in cases if case.kind != "plain"],
    "causal_twin": lambda cases: [case for case in cases if case.kind == "causal"],
    "drawing_twin": lambda cases: [case for case in cases if "n_samples" in case.option.fields],
    "twin_of_class": of_every_class,
    "drawing_twin_of_class": lambda cases: of_every_class(CHOICES["drawing_twin"](cases)),
}
"""Fixtures, and the cases that a test which asks for one runs over."""


def pytest_generate_tests(metafunc):
    for name, chosen in CHOICES.items():
        if name in metafunc.fixturenames:
            metafunc.parametrize(name, chosen(twin_cases()), ids=lambda case: case.label)


@pytest.fixture(params=["whole", "cut"])
def twin_sizes(request, monkeypatch):
    """`cut`: torch twins work as on a long problem, in the smallest blocks and pieces, computed again going back."""
    if request.param == "cut":
        pytest.importorskip("torch")
        for name, value in (("LEAST_ON_CPU", 1), ("MOST_ON_CPU", 1), ("LEAST_ROWS", 1)):
            monkeypatch.setattr(f"lara_estimators.torch.blocks.{name}", value)
        for name, value in (("ENTRIES", 1), ("KEPT", 0)):
            monkeypatch.setattr(f"lara_estimators.torch.pieces.{name}", value)
