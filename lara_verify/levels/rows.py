"""What is declared: each statistic on each law errs, at each nominal level, no more often than that."""

from dataclasses import dataclass
from typing import Any

from lara_verify.levels.attention_law import AttentionLaw
from lara_verify.levels.laws import Independent, Law
from lara_verify.levels.marginals import Beta, Points, bernoulli
from lara_verify.levels.statistics import CERTIFICATE, COORDINATES, DIRECTIONS, MEAN, Statistic

NOMINALS = (0.05, 0.01)
"""Levels that a simulation can measure. A millionth, the default of a run, is none: it rests on Ville's inequality."""

SLACK, TOLERANCE = 0.1, 0.1

JUST_BEYOND = 1.001 * TOLERANCE
"""A bias that must not be certified away."""


@dataclass(frozen=True, slots=True)
class Row:
    """One statistic on one law, where every decision that it can reach is an error."""

    statistic: Statistic[Any]
    law: Law

    @property
    def id(self) -> str:
        """``statistic/law``: keys the draws, and is what ``--only`` matches."""
        return f"{self.statistic.name}/{self.law.name}"


RARE = bernoulli(0.02)
CONCENTRATED = Beta(0.02, 0.98)
THREE_POINTS = Points((-1.0, 0.0, 1.0), (0.01, 0.97, 0.02))

NULLS: tuple[Law, ...] = (
    AttentionLaw(),
    Independent("bernoulli(.02)", RARE, (0.0,) * 4),
    Independent("beta(.02, .98)", CONCENTRATED, (0.0,) * 4),
    Independent("boundary", Points((-1.0, 1.0), (0.1, 0.9)), (SLACK,) * 2, slack=SLACK, beyond=SLACK),
    Independent("boundary, constant", Points((0.0,), (1.0,)), (SLACK,) * 2, slack=SLACK, beyond=-1.0),
)
"""Every coordinate's mean lies in [-slack, slack]: nothing may be refuted."""

BEYOND_TOLERANCE: tuple[Law, ...] = (
    Independent("bernoulli(.02), above", RARE, (JUST_BEYOND,), tolerance=TOLERANCE),
    Independent("bernoulli(.02), below", RARE, (-JUST_BEYOND,), tolerance=TOLERANCE),
    Independent("beta(.02, .98), above", CONCENTRATED, (JUST_BEYOND,), tolerance=TOLERANCE),
    Independent("beta(.02, .98), below", CONCENTRATED, (-JUST_BEYOND,), tolerance=TOLERANCE),
    Independent("three points, above", THREE_POINTS, (JUST_BEYOND,), tolerance=TOLERANCE),
    Independent("one of eight", RARE, (JUST_BEYOND, *(0.0,) * 7), tolerance=TOLERANCE),
)
"""Some coordinate's mean is 1.001 times the tolerance: nothing may be certified."""

ROWS: tuple[Row, ...] = (
    *(Row(statistic, law) for statistic in (COORDINATES, DIRECTIONS, MEAN) for law in NULLS),
    *(Row(CERTIFICATE, law) for law in BEYOND_TOLERANCE),
)
