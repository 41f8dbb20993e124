"""Judging from Python: the function itself, the report that comes back, and the mistakes that are named."""

import dataclasses
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import lara_verify
from lara_verify.adapter import Adapter
from lara_verify.sources.target import TargetError

WRONG, RIGHT = (f"{Path(__file__).parent / 'candidates'}/{place}" for place in ("wrong.py:zeros", "right.py:ra"))
ONE = {"profile": "quick", "only": "*/unbiased/P0/S=1"}


def test_a_closure_is_judged_as_it_stands():
    """Right but for one number of its surroundings; both verdicts against the truth have probability at most 1e-6."""

    def made(scale):
        def ra(q, k, v, *, n_samples, seed):
            rng = np.random.default_rng(seed)
            x, y = q / q.shape[-1] ** 0.25, k / k.shape[-1] ** 0.25
            logits = scale * x @ y.T
            pi = np.exp(logits - logits.max(-1, keepdims=True))
            pi /= pi.sum(-1, keepdims=True)
            m = (rng.random((len(x), n_samples, 1)) > pi.cumsum(-1)[:, None, :-1]).sum(-1)
            w = x[:, None] + y[m] + rng.standard_normal((*m.shape, x.shape[-1]))
            a = np.exp(w @ y.T - (y**2).sum(-1) / 2)
            return (a / a.sum(-1, keepdims=True) @ v).mean(axis=1)

        return ra

    right, wrong = (lara_verify.check(made(scale), "ra", **ONE) for scale in (1.0, 0.0))
    assert right.verdict == "certified"
    right.raise_for_refuted()
    assert wrong.verdict == "refuted"
    with pytest.raises(lara_verify.RefutedError, match="refuted candidate/ra/unbiased/P0/S=1: mean of output"):
        wrong.raise_for_refuted()
    assert "uniform-component" in [row.fault for row in wrong.diagnosis]
    assert "cause: uniform-component" in str(wrong)


def test_the_report_is_the_commands_and_cannot_be_changed():
    report = lara_verify.check(WRONG, "ra", **ONE)
    (row,) = report.checks
    assert (row.verdict, row.id) == ("refuted", "candidate/ra/unbiased/P0/S=1")
    assert report.results.ledger
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.results = None
    page = report.to_html()
    assert page.lstrip().startswith("<!doctype html>")
    assert row.message[:30] in page


def test_a_notebook_shows_the_page_and_nothing_leaks_out_of_it():
    frames = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            frames.append((tag, dict(attrs)))

    report = lara_verify.check(WRONG, "ra", **ONE)
    Reader().feed(report._repr_html_())
    ((tag, attributes),) = frames
    assert tag == "iframe"
    assert attributes["srcdoc"] == report.to_html()


def test_undecided_raises_nothing():
    report = lara_verify.check(RIGHT, "ra", time_limit=0.01, **ONE)
    assert report.verdict == "undecided"
    report.raise_for_refuted()


def test_an_adapter_is_taken():
    def reversed_axes(q, k, v, *, n_samples, seed):  # noqa: ARG001
        return np.zeros((v.shape[0], q.shape[1]))

    report = lara_verify.check(reversed_axes, "ra", adapter=Adapter(layout="dn"), only="*/protocol/P6-small/*")
    assert report.verdict == "certified"


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"claims": "performer"}, ValueError, "'performer' is no estimator"),
        ({"profile": "fast"}, ValueError, "profile is 'fast'"),
        ({"only": "P77"}, ValueError, "only is 'P77', which matches none of the"),
        ({"alpha": 2.0}, ValueError, "alpha is 2"),
        ({"candidate": 3}, TargetError, "the candidate is a int; expected a function"),
        ({"candidate": "no_such_file.py:f"}, TargetError, "there is no file"),
    ],
)
def test_mistakes_are_named(arguments, error, said):
    arguments = {"candidate": RIGHT, **arguments}
    with pytest.raises(error, match=said):
        lara_verify.check(**arguments)


def test_importing_the_package_loads_nothing_that_judges():
    script = (
        "import sys, lara_verify; print('numpy' in sys.modules, lara_verify.check.__name__, 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.split() == ["False", "check", "True"]
