"""A run: the same results on any number of workers, and every end of it reported."""

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import cloudpickle
import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, Index, MeanValue, Softmax
from lara_verify import suite
from lara_verify.outcome import Settings
from lara_verify.plan import Case
from lara_verify.sources import Block, BuiltIn, SourceError
from lara_verify.verdict import EXIT_CODES, Verdict

# a worker cannot import this file where the tests are not on its path
cloudpickle.register_pickle_by_value(sys.modules[__name__])

C, R, U, S, E = Verdict.CERTIFIED, Verdict.REFUTED, Verdict.UNDECIDED, Verdict.SKIPPED, Verdict.ERROR

BOTH = (ClaimName.BOUNDED, ClaimName.UNBIASED)


@dataclass(frozen=True)
class Scripted:
    """A source whose draws are whatever ``script(problem, seeds)`` returns or raises."""

    name: str
    script: Callable[[Any, Any], Any]
    n_samples: int = 16
    estimator: str = "ra"
    dtype: str = "float64"

    @contextmanager
    def open(self, problem):
        yield _Opened(self.script, problem)


@dataclass(frozen=True)
class _Opened:
    script: Callable[[Any, Any], Any]
    problem: Any

    def draw(self, seeds):
        return self.script(self.problem, seeds)


def right(problem, seeds):
    algorithm = RA(16)
    return Block(algorithm(problem, algorithm.draw(problem, seeds.generator(), (seeds.count,))).value)


def zeros(problem, seeds):
    return Block(np.zeros((seeds.count, problem.n_queries, problem.value_dim)))


def dies(problem, seeds):  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGKILL)


def errs(problem, seeds):  # noqa: ARG001
    raise RuntimeError(f"a bug of ours\nat {seeds.start}")


def sleeps(problem, seeds):
    if seeds.start >= 320:
        time.sleep(1000)
    return right(problem, seeds)


def late(problem, seeds):
    time.sleep(0.05 if seeds.start >= 320 else 0)
    return right(problem, seeds)


def fails(problem, seeds):  # noqa: ARG001
    raise SourceError("it returned NaN (seed 1)")


def cases_of(*sources, claims=BOTH, problems=("P6-small",), share=0.05, **options):
    return [Case(s, c, p, share, **options) for s in sources for p in problems for c in claims]


BUILT_IN = cases_of(
    *(BuiltIn("reference", a) for a in (RA(16), Index(16), Softmax(), MeanValue())), problems=("P6-small", "P1")
)


def run(cases, **settings):
    return suite.run(cases, Settings(**settings))


def evidence(outcome):
    """All that must not depend on workers or on the company in which a case is judged.

    Cases themselves are left out: one that came back from a worker holds a function of its own.
    """
    return {result.case.id: replace(result, case=None, seconds=0.0) for result in outcome.results}


def verdicts(outcome):
    return [result.verdict for result in outcome.results]


@pytest.fixture(scope="module")
def serial():
    return run(BUILT_IN, n_workers=1)


@pytest.mark.parametrize("n_workers", [2, 3])
def test_results_do_not_depend_on_workers(serial, n_workers):
    assert evidence(run(BUILT_IN, n_workers=n_workers)) == evidence(serial)


def test_results_come_in_the_order_declared_and_are_told_as_they_come(serial):
    assert [r.case.id for r in serial.results] == [c.id for c in BUILT_IN]
    told = []
    outcome = suite.run(BUILT_IN, Settings(n_workers=2), told.extend)
    assert sorted(r.case.id for r in told) == sorted(c.id for c in BUILT_IN)
    assert {r.case.id: r.verdict for r in told} == {r.case.id: r.verdict for r in outcome.results}


def test_the_wrong_one_is_refuted_and_the_right_ones_are_certified(serial):
    """Level and power: a verdict against the truth has probability at most 1e-6; only one is biased."""
    for result in serial.results:
        wrong = result.case.source.estimator == "mean_value" and result.case.claim is ClaimName.UNBIASED
        assert result.verdict is (R if wrong else C)
    assert serial.verdict is R


@pytest.mark.parametrize(
    ("only", "count"), [("reference/ra/unbiased/P1/S=16", 1), ("ra/*/P1/*", 0), ("*/ra/*/P1/*", 2), ("index", 4)]
)
def test_only_gives_the_figures_of_the_whole_run(serial, only, count):
    outcome = run(BUILT_IN, n_workers=1, only=only)
    assert len(outcome.results) == count
    whole = evidence(serial)
    assert evidence(outcome) == {i: whole[i] for i in evidence(outcome)}
    assert outcome.ledger == serial.ledger


def test_the_ledger_is_split_over_what_is_declared(serial):
    assert [row.id for row in serial.ledger] == [c.id for c in BUILT_IN]
    assert {row.alpha for row in serial.ledger} == {1e-6 / len(BUILT_IN)}
    chosen = run(BUILT_IN, n_workers=1, only="softmax/bounded/P1")
    assert chosen.results[0].allowance.alpha == 1e-6 / len(BUILT_IN)


def test_nothing_chosen_is_undecided():
    assert run(BUILT_IN, only="no such case").verdict is U


class TestCandidates:
    @pytest.fixture(autouse=True)
    def no_diagnosis(self, monkeypatch):
        monkeypatch.setattr(suite, "diagnose", lambda *_, **__: ())

    def test_a_broken_protocol_ends_the_run(self):
        opening = cases_of(Scripted("x", fails), claims=(ClaimName.PROTOCOL, ClaimName.SEED_HONOURED), opening=True)
        outcome = run([*opening, *cases_of(Scripted("x", fails), problems=("P1",))], n_workers=1, of_candidate=True)
        assert verdicts(outcome) == [R, U, S, S]
        assert outcome.results[-1].message == (
            "not judged, since x/ra/protocol/P6-small/S=16 is refuted: it returned NaN (seed 1)"
        )
        assert outcome.verdict is R

    def test_a_survey_goes_no_further_once_it_refutes(self):
        cases = cases_of(Scripted("wrong", zeros), Scripted("right", right), share=0.02)
        outcome = run(cases, n_workers=2, of_candidate=True)
        assert verdicts(outcome) == [R, R, C, U]
        open_end = outcome.results[3]
        assert open_end.n_replicates <= max(256, open_end.plan.n_replicates / 8) * 7 / 6 + 16
        full = run(cases, n_workers=2)
        assert verdicts(full) == [R, R, C, C]

    def test_a_survey_that_refutes_nothing_changes_no_figure(self):
        cases = cases_of(Scripted("right", right), BuiltIn("reference", RA(16)))
        told = []
        surveyed = suite.run(cases, Settings(n_workers=2, of_candidate=True), told.extend)
        assert verdicts(surveyed) == [C] * 4
        assert evidence(surveyed) == evidence(run(cases, n_workers=2))
        assert len(told) == 4


class TestEnds:
    """However a run ends, what was decided is kept and the rest is told."""

    MIXED = cases_of(BuiltIn("reference", Softmax()), Scripted("slow", sleeps))

    def test_a_time_limit_keeps_what_is_found_and_leaves_the_rest_undecided(self):
        """Ten seconds for three processes to start in, and for 64 + 256 replicates that take none."""
        late_on = cases_of(Scripted("late", late), share=0.0001)
        outcome = run([*self.MIXED, *late_on], n_workers=3, time_limit=10.0)
        assert verdicts(outcome) == [C, C, U, U, C, U]
        assert [r.message for r in outcome.results[2:4]] == ["the time limit came first"] * 2
        assert outcome.results[5].message.startswith("not decided in ")
        assert outcome.results[5].n_replicates > 256
        assert EXIT_CODES[outcome.verdict] == 3
        assert outcome.seconds < 11

    def test_an_interrupt_keeps_what_is_decided(self):
        def interrupt(results):
            if results:
                raise KeyboardInterrupt

        outcome = suite.run(self.MIXED, Settings(n_workers=2), interrupt)
        assert outcome.interrupted
        assert verdicts(outcome) == [C, C, U, U]
        assert outcome.results[2].message == "the run was interrupted first"

    @pytest.mark.parametrize(
        ("script", "said"),
        [
            (errs, "the verifier failed here: RuntimeError: a bug of ours"),
            (dies, "the verifier failed here: BrokenProcessPool: the worker process died"),
        ],
    )
    def test_an_error_of_ours_is_named_and_the_rest_is_done(self, script, said):
        cases = cases_of(BuiltIn("reference", RA(16)), Scripted("poison", script), BuiltIn("reference", Softmax()))
        outcome = run(cases, n_workers=2)
        assert verdicts(outcome) == [C, C, E, E, C, C]
        assert [r.message for r in outcome.results[2:4]] == [said] * 2
        assert EXIT_CODES[outcome.verdict] == 4
