"""Declaring cases: one claim of one source on one problem, and the trials that draw for them together."""

from collections.abc import Sequence
from dataclasses import dataclass

from lara_estimators import ClaimName
from lara_verify.checks import CHECKS, Arm, Plan, Setting
from lara_verify.problems import make_problem
from lara_verify.sources import Source

TOLERANCES = {"quick": 0.01, "default": 0.003, "full": 0.001}
"""Tolerance of a mean by profile, as a share of the range of each coordinate's values."""


@dataclass(frozen=True, slots=True)
class Case:
    """One claim, judged by one check, of one source on one problem.

    Parameters
    ----------
    tolerance_share
        Tolerance of a mean, as a share of the values' range.
    opening
        Whether its trial goes first; where such a trial ends refuted by `protocol`, nothing else is drawn.
    rival
        A source whose mean it is compared with, where no oracle knows the mean.
    ratio
        Of `mse_below`: the ratio of mean squared errors that is claimed not to be reached.
    skip
        Why there is nothing to judge, where that is known beforehand.
    """

    source: Source
    claim: ClaimName
    problem: str
    tolerance_share: float
    opening: bool = False
    rival: Source | None = None
    ratio: float = 1.0
    skip: str | None = None

    @property
    def id(self) -> str:
        """``SOURCE/ESTIMATOR/CLAIM/PROBLEM/S=n``: the unit of ledger, report and replay."""
        source = self.source
        against = "" if self.rival is None or self.rival.name == "reference" else f" against {self.rival.name}"
        return f"{source.name}/{source.estimator}/{self.claim}/{self.problem}/S={source.n_samples}{against}"

    @property
    def arms(self) -> tuple[Arm, ...]:
        """What has to be drawn for it."""
        return CHECKS[self.claim].arms(self.source, self.problem, self.rival)

    def setting(self, beta: float, dtype: str | None = None) -> Setting:
        """What its check may know; ``dtype`` as the source's output showed, or as declared."""
        declared = dtype or self.source.dtype
        made = make_problem(self.problem)
        return Setting(self.source, made, self.problem, declared, self.tolerance_share, beta, self.rival, self.ratio)

    def plan(self, beta: float) -> Plan:
        """Say how many replicates the case takes at its share of beta."""
        return Plan(0) if self.skip else CHECKS[self.claim].plan(self.setting(beta))


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """Cases that are judged on the same draws; ``stream`` numbers its seeds within the run."""

    stream: int
    cases: tuple[Case, ...]

    @property
    def opening(self) -> bool:
        """Whether it goes first."""
        return self.cases[0].opening


def group(cases: Sequence[Case]) -> tuple[TrialPlan, ...]:
    """Put the cases whose first arm is the same into one trial, in the order declared; skipped ones into none."""
    groups: dict[tuple[Arm, bool], list[Case]] = {}
    for case in cases:
        if case.skip is None:
            groups.setdefault((case.arms[0], case.opening), []).append(case)
    return tuple(TrialPlan(stream, tuple(members)) for stream, members in enumerate(groups.values()))
