"""The faces between a check and the loop that drives it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

import numpy as np

from lara_estimators import ClaimName, Problem
from lara_verify.problems import make_problem, perturb_batch_item, perturb_masked
from lara_verify.sources import Block, Source


class Change(StrEnum):
    """A change of a problem that must leave some outputs as they are."""

    MASKED_KEYS = "masked keys"
    FIRST_ITEM = "first batch item"


@dataclass(frozen=True, slots=True)
class Arm:
    """One source on one problem; the arms of a trial draw on the same seeds.

    Parameters
    ----------
    change
        What is changed in the problem.
    again
        Whether this is the source a second time, on the very seeds of the first.
    copies
        Draws a replicate.
    """

    source: Source
    problem: str
    change: Change | None = None
    again: bool = False
    copies: int = 1

    def make_problem(self) -> Problem:
        """Build the problem, changed if the arm says so; the same one every time."""
        problem = make_problem(self.problem)
        rng = np.random.default_rng(0)
        match self.change:
            case Change.MASKED_KEYS:
                return perturb_masked(problem, rng)
            case Change.FIRST_ITEM:
                return perturb_batch_item(problem, (0,) * len(problem.batch_shape), rng)
        return problem


@dataclass(frozen=True, slots=True)
class Setting:
    """What a check may know of its case before anything is drawn.

    Parameters
    ----------
    source, problem, problem_name
        Of the first arm.
    dtype
        Floating type that the source computes in: as declared, or as its output showed.
    tolerance_share
        Tolerance of a mean, as a share of the range of each coordinate's values over unmasked keys.
    beta
        Chance that something wrong by more than the tolerance may be certified, for this case.
    rival
        A source that it is compared with, where no oracle knows the answer.
    ratio
        Of `mse_below`: the ratio of mean squared errors that is claimed not to be reached.
    """

    source: Source
    problem: Problem
    problem_name: str
    dtype: str
    tolerance_share: float
    beta: float
    rival: Source | None = None
    ratio: float = 1.0


class Plan(NamedTuple):
    """How many replicates a case takes, and the smallest deviation that it is planned to tell from none.

    ``detectable`` is a share of the range; None where a check does not measure a deviation. ``follows`` says that a
    check looks at every further replicate that is drawn for others: one violation, however late, refutes.
    ``detects`` says what a check sees that measures no deviation. A case may be certified from the share ``enough`` of
    its plan on.
    """

    n_replicates: int
    detectable: float | None = None
    follows: bool = False
    detects: str = "any violation seen"
    enough: float = 1.0


class Sentences(NamedTuple):
    """What a person reads, for each way a case can end."""

    refuted: str
    certified: str
    undecided: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the replicates said. ``sampled`` is False where the judgement is not statistical."""

    sentences: Sentences
    sampled: bool = False
    tolerance: float | None = None
    measured: float | None = None
    expected: float | None = None
    hidden: float | None = None
    figures: dict[str, float] = field(default_factory=dict)


class Statistic(Protocol):
    """What a check makes of the blocks of a trial."""

    @property
    def log_e_refute(self) -> float:
        """Logarithm of the evidence against the claim; infinite for a certain violation."""
        ...

    @property
    def log_e_certify(self) -> float:
        """Logarithm of the evidence for it; infinite where holding so far is all that is asked."""
        ...

    def update(self, blocks: tuple[Block, ...]) -> None:
        """Take one block of every arm of the case."""
        ...

    def fail(self, sentence: str) -> None:
        """Take note that the source broke its protocol."""
        ...

    def evidence(self, alpha: float, beta: float) -> Evidence:
        """All that can be said now; ``alpha`` and ``beta`` are the case's."""
        ...


class Check(Protocol):
    """Judges one claim."""

    @property
    def claim(self) -> ClaimName:
        """The claim that it judges."""
        ...

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        """Say what must be drawn: the source on the problem first, then what it is compared with."""
        ...

    def plan(self, setting: Setting) -> Plan:
        """Say how many replicates it takes, before any draw."""
        ...

    def statistic(self, setting: Setting) -> Statistic:
        """Make the statistic that the trial then drives block by block."""
        ...
