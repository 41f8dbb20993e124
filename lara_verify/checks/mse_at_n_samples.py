"""`mse_at_n_samples`: the squared error at a stated number of samples is what that many samples give."""

import numpy as np
from numpy.typing import NDArray

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Sentences, Setting
from lara_verify.checks.convergence import yardstick
from lara_verify.checks.convergence_statistic import N_CALLS, TwoFigures
from lara_verify.checks.values import odds
from lara_verify.sources import Source

CAP = 6.0
"""The mean squared standardised error of a replicate is cut to this."""

FIGURES = {"rfa": (1.5, 2.5), "lara": (2.0, 3.0)}
"""Refuted above the first, certified below the second; 1 is i.i.d. sampling to first order."""


class MseAtNSamples:
    """Null refuted: ``E min(mean_j z_j^2, 6) <= 1.5`` (lara: 2), ``z`` the errors in first-order units (`convergence`).

    Certified: below 2.5 (lara: 3). Finite-sample, at any stopping time; that right implementations lie below the
    first figure is first-order theory. An implementation that averages a third of the samples that it was asked for
    has 3.
    """

    claim = ClaimName.MSE_AT_N_SAMPLES

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        return Plan(N_CALLS, detects="squared errors beyond what is right, in first-order units")

    def statistic(self, setting: Setting) -> TwoFigures:
        yard = yardstick(setting)
        refuted, certified = FIGURES[setting.source.estimator.partition("[")[0]]
        problem, n_samples = setting.problem_name, setting.source.n_samples

        def measure(value: NDArray[np.float64]) -> NDArray[np.float64]:
            squared = np.mean(yard.errors(value) ** 2, axis=1, keepdims=True)
            return np.asarray(np.minimum(squared, CAP))

        def say(measured: float, _worst: int, n: str, alpha: float, beta: float) -> Sentences:
            seen = (
                f"mean squared error on {problem}, each cut to {CAP:g}, is {measured:.3g} times that of {n_samples} "
                f"i.i.d. samples"
            )
            return Sentences(
                f"{seen}, where at most {refuted:g} is right: if it were, at most {odds(alpha)} would say this ({n})",
                f"{seen}, below {certified:g}; were it above, at most {odds(beta)} would say this ({n})",
                f"not decided in {n}: {seen}, between what is right (below {refuted:g}) and what is certainly wrong",
            )

        # centred at half the figure, so that the null "between 0 and the figure" is an interval about the centre
        half = refuted / 2
        return TwoFigures(
            setting,
            measure,
            1,
            centre=half,
            bounds=(0.0, CAP),
            refuted_above=half,
            certified_below=certified - half,
            say=say,
        )
