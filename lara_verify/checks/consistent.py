"""`consistent`: at a stated number of samples the output lies around softmax attention (claim C1)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Sentences, Setting, Statistic
from lara_verify.checks.comparison import RIVAL_DRAWS
from lara_verify.checks.convergence import yardstick
from lara_verify.checks.convergence_statistic import N_CALLS, TwoFigures
from lara_verify.checks.likeness import LikenessStatistic, plan_likeness
from lara_verify.checks.values import odds, output_name
from lara_verify.sources import Source

CLIP = 3.0
"""Standardised errors are cut to this many units: the range is then 6 units instead of that of the values."""

FLOOR, SLOPE, ZONE = 0.05, 2.0, 0.2
"""``eta_0 = FLOOR + SLOPE * bias`` is refuted above, ``eta_0 + ZONE`` certified below."""


class Consistent:
    """Null refuted: ``|E clip(z_j, +-3)| <= eta_0`` for all ``j``, ``z`` the errors in first-order units.

    Certified: all of them below ``eta_0 + .2``. The two sentences hold in finite samples at any stopping time; that
    right implementations lie below ``eta_0 = .05 + 2 max_j |b1_j| / (sd_j sqrt(n))`` is first-order theory, with a
    factor 2 to spare. A limit is not shown: the claim is about this number of samples. With a rival, the laws of
    the errors of both are compared instead.
    """

    claim = ClaimName.CONSISTENT

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        own = Arm(source, problem)
        return (own,) if rival is None else (own, Arm(rival, problem, copies=RIVAL_DRAWS))

    def plan(self, setting: Setting) -> Plan:
        return (
            Plan(N_CALLS, detects="mean errors beyond what is right, in standard errors")
            if setting.rival is None
            else plan_likeness(setting)
        )

    def statistic(self, setting: Setting) -> Statistic:
        return self._figures(setting) if setting.rival is None else LikenessStatistic(setting)

    def _figures(self, setting: Setting) -> TwoFigures:
        yard = yardstick(setting)
        eta = FLOOR + SLOPE * yard.bias
        places = np.argwhere(yard.varies)
        problem, n_samples = setting.problem_name, setting.source.n_samples

        def say(measured: float, worst: int, n: str, alpha: float, beta: float) -> Sentences:
            where = output_name(places[worst])
            seen = (
                f"mean error of {where} on {problem}, each cut to {CLIP:g}, is {measured:+.3f} standard errors "
                f"at {n_samples} samples"
            )
            return Sentences(
                f"{seen}, where at most {eta:.3f} is right: if it were, at most {odds(alpha)} would say this ({n})",
                f"every mean error on {problem} is below {eta + ZONE:.3f} standard errors at {n_samples} samples; "
                f"largest: {measured:+.3f} at {where}; were one larger, at most {odds(beta)} would say this ({n})",
                f"not decided in {n}: {seen}, between what is right (below {eta:.3f}) and what is certainly wrong",
            )

        return TwoFigures(
            setting,
            lambda value: np.clip(yard.errors(value), -CLIP, CLIP),
            len(places),
            centre=0.0,
            bounds=(-CLIP, CLIP),
            refuted_above=eta,
            certified_below=eta + ZONE,
            say=say,
        )
