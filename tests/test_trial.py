"""The stopping loop: pure, stopped by counts, and every end of it is told."""

import math
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RA, Index
from lara_verify.ledger import Allowance
from lara_verify.plan import Case, TrialPlan
from lara_verify.sources import Block, BuiltIn, SourceError
from lara_verify.trial import FIRST_BLOCK, LARGEST_BLOCK, LEAST, PATIENCE, Trial, run_trial
from lara_verify.verdict import Verdict

C, R, U = Verdict.CERTIFIED, Verdict.REFUTED, Verdict.UNDECIDED

ALL = (ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED, ClaimName.UNBIASED)


@dataclass(frozen=True)
class Scripted:
    """A source whose draws are whatever ``script(problem, seeds)`` returns or raises."""

    script: Callable[[Any, Any], Any]
    n_samples: int = 16
    estimator: str = "ra"
    name: str = "scripted"
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


def drawing(algorithm):
    """Right draws of an algorithm, under another name."""

    def script(problem, seeds):
        noise = algorithm.draw(problem, seeds.generator(), (seeds.count,))
        return Block(algorithm(problem, noise).value)

    return script


def judged(source, claims=ALL, problem="P6-small", share=0.03, seed=0, **options):
    cases = tuple(Case(source, claim, problem, share) for claim in claims)
    allowances = tuple(Allowance(case.id, 1e-6, 1e-6) for case in cases)
    results = run_trial(Trial(TrialPlan(0, cases), allowances, seed, **options))
    return {result.case.claim: replace(result, seconds=0.0) for result in results}


REFERENCE = BuiltIn("reference", RA(16))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_trial_gives_the_same_evidence_to_the_bit(seed):
    assert judged(REFERENCE, seed=seed) == judged(REFERENCE, seed=seed)


def test_another_seed_gives_other_evidence():
    one, other = (judged(REFERENCE, seed=seed)[ClaimName.UNBIASED] for seed in (0, 1))
    assert one.log_e_certify != other.log_e_certify
    assert one.verdict is other.verdict is C  # each wrongly with probability at most 1e-6


@pytest.mark.parametrize("problem", ["P1", "P5"])
def test_a_statistical_case_alone_has_the_evidence_that_it_has_among_others(problem):
    alone = judged(REFERENCE, (ClaimName.UNBIASED,), problem)
    assert alone[ClaimName.UNBIASED] == judged(REFERENCE, problem=problem)[ClaimName.UNBIASED]


def test_a_violation_after_its_plan_refutes_a_case_that_looks_on():
    """One output leaves the hull at replicate 2,000; `bounded` plans 256 and looks at what is drawn for `unbiased`."""

    def script(problem, seeds):
        value = drawing(RA(16))(problem, seeds).value.copy()
        late = 2000 - seeds.start
        if 0 <= late < seeds.count:
            value[late] += 1.0
        return Block(value)

    results = judged(Scripted(script), share=0.01)
    assert results[ClaimName.BOUNDED].verdict is R
    assert results[ClaimName.BOUNDED].n_replicates > 256
    assert results[ClaimName.PROTOCOL].verdict is C


def test_a_refuted_case_does_not_end_the_others(rng):
    """Level and power: a verdict against the truth has probability at most 1e-6."""
    biased = Scripted(lambda p, seeds: Block(0.9 * drawing(RA(16))(p, seeds).value + 0.1 * p.v[0]))
    results = judged(biased, seed=int(rng.integers(2**31)))
    assert [results[claim].verdict for claim in ALL] == [C, C, C, R]


@pytest.mark.parametrize("n_samples", [1, 16])
def test_blocks_join_and_grow_with_what_was_drawn_up_to_a_limit(n_samples):
    drawn = []

    def script(problem, seeds):
        drawn.append((seeds.start, seeds.count))
        return drawing(RA(n_samples))(problem, seeds)

    judged(Scripted(script, n_samples), (ClaimName.UNBIASED,), share=0.02)
    starts, sizes = zip(*drawn, strict=True)
    assert starts == (0, *np.cumsum(sizes)[:-1])
    assert sizes[0] == FIRST_BLOCK
    assert list(sizes) == sorted(sizes)
    assert FIRST_BLOCK < max(sizes) <= LARGEST_BLOCK


def test_patience_ends_undecided_and_says_what_may_be_hidden():
    """Claims 1,600 samples and averages one: the plan is 1,600 times too short for its variance.

    Certifying needs log(1e6) = 13.8 of n tol^2 / (2 var), at most 4 * 1,800 * .01^2 / .5 = 1.4 here.
    """
    result = judged(Scripted(drawing(Index(1)), n_samples=1600), (ClaimName.UNBIASED,), share=0.01)[ClaimName.UNBIASED]
    assert result.verdict is U
    assert (
        PATIENCE * result.plan.n_replicates <= result.n_replicates <= PATIENCE * result.plan.n_replicates * 7 / 6 + 16
    )
    assert result.message.startswith(f"not decided in {result.n_replicates:,} replicates: a bias of up to ")
    assert 0.01 < result.evidence.hidden < 1


@pytest.mark.parametrize("effort", [1 / 8, 1.0])
def test_effort_bounds_the_replicates(effort):
    results = judged(Scripted(drawing(Index(1)), n_samples=1600), share=0.001, effort=effort)
    unbiased = results[ClaimName.UNBIASED]
    most = max(LEAST, math.ceil(effort * unbiased.plan.n_replicates))
    assert most <= unbiased.n_replicates <= most * 7 / 6 + 16
    assert results[ClaimName.BOUNDED].verdict is C


def test_a_time_limit_before_the_first_draw():
    result = judged(REFERENCE, (ClaimName.UNBIASED,), deadline=time.time() - 1)[ClaimName.UNBIASED]
    assert (result.verdict, result.n_replicates, result.log_e_certify) == (U, 0, None)
    assert result.message == "the time limit came before the first draw"


def test_a_time_limit_keeps_what_is_decided_and_tells_what_is_open():
    def slow(problem, seeds):
        time.sleep(0.01 if seeds.start < 320 else 0.5)
        return drawing(RA(16))(problem, seeds)

    results = judged(Scripted(slow), share=0.001, deadline=time.time() + 1.5)
    assert [results[claim].verdict for claim in ALL] == [C, C, C, U]
    assert results[ClaimName.UNBIASED].message.startswith("not decided in ")


@pytest.mark.parametrize("after", [0, 20, 200, 400])
def test_a_failure_refutes_the_protocol_whenever_it_comes(after):
    """Also after the 64 calls that certify the protocol, while the mean is still being judged."""

    def fails(problem, seeds):
        if seeds.start + seeds.count > after:
            raise SourceError("it raised ValueError: no (seed 3)")
        return drawing(RA(16))(problem, seeds)

    results = judged(Scripted(fails))
    assert results[ClaimName.PROTOCOL].verdict is R
    assert results[ClaimName.PROTOCOL].message == "it raised ValueError: no (seed 3)"
    assert results[ClaimName.UNBIASED].verdict is U
    assert results[ClaimName.UNBIASED].message == "it raised ValueError: no (seed 3)"
    assert results[ClaimName.BOUNDED].verdict is (C if after >= 400 else U)


def test_an_error_of_ours_is_no_verdict_on_the_source():
    def ours(problem, seeds):  # noqa: ARG001
        raise RuntimeError("a bug of the verifier")

    with pytest.raises(RuntimeError, match="a bug of the verifier"):
        judged(Scripted(ours))


def test_evidence_that_is_not_statistical_has_no_e_value():
    results = judged(REFERENCE)
    assert results[ClaimName.BOUNDED].log_e_refute is None
    assert results[ClaimName.UNBIASED].log_e_refute is not None
