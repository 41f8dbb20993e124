"""The stopping loop: draws the arms of a trial block by block and feeds every case that is still open."""

import math
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace

from lara_verify.checks import CHECKS, Arm, Evidence, Plan, Sentences, Statistic
from lara_verify.checks.values import output_shape
from lara_verify.ledger import Allowance
from lara_verify.plan import Case, TrialPlan
from lara_verify.problems import make_problem
from lara_verify.sources import Block, Open, Seeds, SourceError
from lara_verify.verdict import Verdict, certifies, refutes

FIRST_BLOCK, LARGEST_BLOCK, GROWTH = 16, 4096, 6
"""Blocks start at 16 replicates and are a sixth of what has been drawn, up to 4096."""

BLOCK_CELLS = 2**20
"""A block of an arm holds at most this many (query, draw, key) cells: a few megabytes, about what a cache holds."""

LEAST = 256
"""However small the effort, a case gets this many replicates, if it is planned to."""

PATIENCE = 4
"""A case that is neither refuted nor certified at its planned number goes on to this many times it."""

NOTHING_PLANNED = Plan(0)
NOTHING_SEEN = Evidence(Sentences("", "", ""))


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial with the allowance of each of its cases and the limits of the run; pure data, to be sent to a worker.

    ``deadline`` is on the clock of `time.time`; None where there is no limit. ``effort`` is the share of the planned
    replicates that is drawn at most.
    """

    plan: TrialPlan
    allowances: tuple[Allowance, ...]
    seed: int
    deadline: float | None = None
    effort: float = PATIENCE


@dataclass(frozen=True, slots=True)
class CaseResult:
    """How one case ended, and on what evidence.

    ``trace`` has ``(n_replicates, log_e_refute, log_e_certify)`` after every block, where evidence is statistical.
    """

    case: Case
    allowance: Allowance
    verdict: Verdict
    message: str
    n_replicates: int = 0
    plan: Plan = NOTHING_PLANNED
    log_e_refute: float | None = None
    log_e_certify: float | None = None
    evidence: Evidence = NOTHING_SEEN
    seconds: float = 0.0
    trace: tuple[tuple[int, float, float], ...] = ()


class _OpenCase:
    """A case with its statistic, until it is decided."""

    def __init__(self, case: Case, allowance: Allowance, effort: float) -> None:
        self.case, self.allowance = case, allowance
        self.plan = case.plan(allowance.beta)
        self.arms = case.arms
        planned = self.plan.n_replicates
        self._enough = self.plan.enough * planned
        self._most = max(math.ceil(effort * planned), min(planned, LEAST))
        self.statistic: Statistic | None = None
        self.count = 0
        self.verdict: Verdict | None = None
        self._trace: list[tuple[int, float, float]] = []

    @property
    def waits(self) -> bool:
        """Whether it wants more replicates."""
        return self.verdict is None and self.count < self._most

    @property
    def looks(self) -> bool:
        """Whether it looks at replicates that are drawn for others."""
        return self.plan.follows and self.verdict is Verdict.CERTIFIED

    def update(self, drawn: dict[Arm, Block]) -> None:
        blocks = tuple(drawn[arm] for arm in self.arms)
        if self.statistic is None:
            setting = self.case.setting(self.allowance.beta, blocks[0].dtype)
            self.statistic = CHECKS[self.case.claim].statistic(setting)
        self.statistic.update(blocks)
        self.count += len(blocks[0].value)
        self._trace.append((self.count, self.statistic.log_e_refute, self.statistic.log_e_certify))
        if refutes(self.statistic.log_e_refute, self.allowance.alpha):
            self.verdict = Verdict.REFUTED
        elif self.count >= self._enough and certifies(self.statistic.log_e_certify, self.allowance.beta):
            self.verdict = Verdict.CERTIFIED

    def fail(self, sentence: str) -> None:
        if self.statistic is None:
            self.statistic = CHECKS[self.case.claim].statistic(self.case.setting(self.allowance.beta))
        before = self.verdict or Verdict.UNDECIDED
        self.statistic.fail(sentence)
        self.verdict = Verdict.REFUTED if refutes(self.statistic.log_e_refute, self.allowance.alpha) else before

    def result(self, seconds: float) -> CaseResult:
        verdict = self.verdict or Verdict.UNDECIDED
        if self.statistic is None:
            return CaseResult(
                self.case, self.allowance, verdict, "the time limit came before the first draw", plan=self.plan
            )
        evidence = self.statistic.evidence(self.allowance.alpha, self.allowance.beta)
        said = evidence.sentences
        message = {Verdict.REFUTED: said.refuted, Verdict.CERTIFIED: said.certified}.get(verdict, said.undecided)
        logs = (self.statistic.log_e_refute, self.statistic.log_e_certify) if evidence.sampled else (None, None)
        return CaseResult(
            self.case,
            self.allowance,
            verdict,
            message,
            self.count,
            self.plan,
            log_e_refute=logs[0],
            log_e_certify=logs[1],
            evidence=evidence,
            seconds=seconds,
            trace=tuple(self._trace) if evidence.sampled else (),
        )


def run_trial(trial: Trial) -> tuple[CaseResult, ...]:
    """Draw until every case is decided, its limit is reached, the source fails or the time is over.

    A pure function of the trial (seconds and a time limit aside): seeds are numbered by trial and replicate, and the
    sizes of blocks depend on counts alone.
    """
    began = time.perf_counter()
    cases = [_OpenCase(c, a, trial.effort) for c, a in zip(trial.plan.cases, trial.allowances, strict=True)]
    with ExitStack() as stack:
        try:
            arms = {arm: None for case in cases for arm in case.arms}
            opened: dict[Arm, Open] = {}
            for arm in arms:
                # a second time in the same process: opened afresh, hidden state would repeat itself
                first = opened.get(replace(arm, again=False)) if arm.again else None
                opened[arm] = first or stack.enter_context(arm.source.open(arm.make_problem()))
            _drive(trial, cases, opened)
        except SourceError as failure:
            for case in cases:
                if case.verdict is None or case.looks:
                    case.fail(str(failure))
    seconds = time.perf_counter() - began
    return tuple(case.result(seconds) for case in cases)


def _drive(trial: Trial, cases: list[_OpenCase], opened: dict[Arm, Open]) -> None:
    problem = make_problem(trial.plan.cases[0].problem)
    n_samples = trial.plan.cases[0].source.n_samples
    cells = math.prod(output_shape(problem)[:-1]) * problem.n_keys * n_samples * max(arm.copies for arm in opened)
    largest = max(FIRST_BLOCK, min(LARGEST_BLOCK, BLOCK_CELLS // cells))
    start = 0
    while waiting := [case for case in cases if case.waits]:
        if trial.deadline is not None and time.time() >= trial.deadline:
            return
        size = min(largest, max(FIRST_BLOCK, start // GROWTH))
        wanted = dict.fromkeys(arm for case in waiting for arm in case.arms)
        drawn = {
            arm: opened[arm].draw(Seeds(trial.seed, trial.plan.stream, arm.copies * start, arm.copies * size))
            for arm in wanted
        }
        start += size
        for case in cases:
            if case in waiting or (case.looks and case.arms[0] in drawn):
                case.update(drawn)
