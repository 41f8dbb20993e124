"""Claim B1: rfa's mean at S is the one that theory gives.

RFA is biased at finite S. On inputs of low span the Laplace oracle knows its mean at every S exactly
(estimators.md, 3.3), so that the question has an answer in finite samples: outputs lie in the hull of the values, and
bets against the exact mean, or against being far from it, need no asymptotics. Refuted is that every coordinate has the
exact mean; certified is that every coordinate's mean is within a tenth (S <= 16) or a quarter (S > 16) of the largest
bias from it. Monte Carlo standard errors are shown beside; no verdict rests on them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference import RFA
from lara_studies.brackets import bracketed
from lara_studies.known_bias import known_bias
from lara_studies.study import Cell, Finding, Row, Spec
from lara_studies.sums import PowerSums
from lara_verify.checks.values import exact, odds
from lara_verify.problems import make_problem
from lara_verify.verdict import Verdict, refutes

SHARDS = {"quick": 64, "default": 256, "full": 1024}
"""Of 8,192 replicates each, for every cell. The hardest takes some 300,000 replicates; more sharpen the figures."""


@dataclass(frozen=True, slots=True)
class BiasValue:
    """The study; ``estimator`` makes what is studied from a number of samples. A wrong one tries the study."""

    estimator: Callable[[int], Any] = RFA
    problems: tuple[str, ...] = ("P3L-d2", "P3L-d8", "P3L-d64")
    n_samples: tuple[int, ...] = (1, 4, 16, 64)

    @property
    def spec(self) -> Spec:
        return Spec(
            name="bias_value",
            question="Is rfa's mean at S the one that theory gives?",
            aim="Confirm the bias of random feature attention at finite S by its value.",
            problems=self.problems,
            estimand="E value - A(x) at S, for every output coordinate",
            methods=("rfa",),
            measures=("bias of the coordinate with the largest exact bias", "mean squared error of the same"),
            claim=ClaimName.MEAN_AT_N_SAMPLES,
        )

    def cells(self, profile: str) -> tuple[Cell, ...]:
        return tuple(Cell("rfa", problem, n, SHARDS[profile]) for problem in self.problems for n in self.n_samples)

    def shard(self, cell: Cell, rng: np.random.Generator) -> PowerSums:
        problem, estimator = make_problem(cell.problem), self.estimator(cell.n_samples)
        target = exact(problem)[0].ravel()

        def block() -> PowerSums:
            value = estimator(problem, estimator.draw(problem, rng, (cell.block_size,))).value
            return PowerSums.of(value.reshape(cell.block_size, -1) - target)

        return reduce(PowerSums.merge, (block() for _ in range(cell.blocks_per_shard)))

    def summarise(self, cell: Cell, sums: PowerSums) -> tuple[Row, ...]:
        known = known_bias(cell.problem, cell.n_samples)
        at = known.largest

        def row(measure: str, *numbers: np.float64) -> Row:
            value, mcse, truth = (float(number) for number in numbers)
            of = known.name(at)
            return Row(self.spec.name, *cell.axes, sums.count, measure, of, value, mcse, truth)

        return (
            row("bias", sums.mean[at], sums.mean_mcse[at], known.bias[at]),
            row("mse", sums.mean_square[at], sums.mean_square_mcse[at], known.mse[at]),
        )

    def claims(self, merged: Mapping[Cell, PowerSums], alpha: float, beta: float) -> tuple[Finding, ...]:
        declared = len(self.problems) * len(self.n_samples)
        return tuple(
            Finding(self.spec.claim, verdict, f"{cell.id}: {said}")
            for cell, sums in merged.items()
            for verdict, said in [_judge(cell, sums, alpha / declared, beta / declared)]
        )


def _judge(cell: Cell, sums: PowerSums, alpha: float, beta: float) -> tuple[Verdict, str]:
    known = known_bias(cell.problem, cell.n_samples)
    if not known.holds(sums):
        return Verdict.REFUTED, "an output left the range of the values or was NaN, which rfa's cannot"
    mixture = known.mixture(sums.count, sums.powers[0], sums.powers[1])
    n = f"{sums.count:,} replicates"

    def seen(at: int) -> str:
        return f"bias of {known.name(at)} is {bracketed(sums.mean[at], sums.mean_mcse[at])}, exact {known.bias[at]:.5g}"

    if refutes(mixture.log_wealth(), alpha):
        worst = int(np.argmax(np.abs(mixture.mean) / (sums.mean_mcse + known.slack)))
        return Verdict.REFUTED, f"{seen(worst)}: were every mean the exact one, at most {odds(alpha)} says this ({n})"
    low, high = mixture.interval(beta)
    farthest, most, at = float(np.maximum(-low, high).max()), float(np.abs(known.bias).max()), known.largest
    share = 0.1 if cell.n_samples <= 16 else 0.25
    if farthest <= share * most:
        return Verdict.CERTIFIED, (
            f"{seen(at)}, in [{known.bias[at] + low[at]:.4g}, {known.bias[at] + high[at]:.4g}]; every mean is within "
            f"{share:.0%} of the largest bias from the exact one; were one not, at most {odds(beta)} says this ({n})"
        )
    needed = known.replicates_needed(share * most, sums.variance, sums.count, beta)
    return Verdict.UNDECIDED, (
        f"not decided in {n}: a deviation of {farthest / most:.0%} of the largest bias is not excluded, {share:.0%} is "
        f"asked for, about {float(f'{needed:.2g}'):,.0f} replicates would show it; {seen(at)}"
    )
