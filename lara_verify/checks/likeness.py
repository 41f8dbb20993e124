"""Comparing the errors of two sources in first-order units: whether one may be the other."""

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Evidence, Plan, Sentences, Setting
from lara_verify.checks.comparison import RIVAL_DRAWS
from lara_verify.checks.convergence import yardstick
from lara_verify.checks.values import odds
from lara_verify.sources import Block
from lara_verify.stats.certificate import planned_replicates
from lara_verify.stats.hull import BoxSupport
from lara_verify.stats.mean import BoundedMean

Array = NDArray[np.float64]

CLIP = 3.0
"""Standardised errors are cut to this many units, their mean square to twice as many."""

APART = 0.25
"""Means this many units apart are told apart."""


def plan_likeness(setting: Setting) -> Plan:
    """Replicates to certify that no mean differs by a quarter of a unit, for errors of unit variance."""
    spread = np.sqrt(1 + 1 / RIVAL_DRAWS) / APART
    return Plan(planned_replicates(spread, 2 * CLIP / APART, setting.beta))


class LikenessStatistic:
    """Drives `BoundedMean` with features of the source's errors minus the mean of the rival's.

    The features are the errors cut to three units and their mean square cut to six. Null refuted: both sources have
    the same means of them. Finite-sample, at any stopping time, whatever the sources return.
    """

    def __init__(self, setting: Setting) -> None:
        if setting.rival is None:
            raise ValueError("a comparison needs a rival")
        self._yard = yardstick(setting)
        self._rival, self._problem_name = setting.rival.name, setting.problem_name
        dim = int(self._yard.varies.sum()) + 1
        width = np.full(dim, 2 * CLIP)
        variance = np.full(dim, 1 + 1 / RIVAL_DRAWS)
        self._judge = BoundedMean(BoxSupport(-width, width), np.zeros(dim), np.full(dim, APART), variance)
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        own, rival = (self._features(block.value) for block in blocks)
        self._judge.update(own - rival.reshape(len(own), RIVAL_DRAWS, -1).mean(axis=1))

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        return self._judge.log_e_refute

    @property
    def log_e_certify(self) -> float:
        return -np.inf if self._failure is not None else self._judge.log_e_certify

    def evidence(self, alpha: float, beta: float) -> Evidence:  # nothing is claimed of what is left
        difference = float(np.abs(self._judge.mean).max())
        n = f"{self._judge.count:,} replicates"
        seen = f"errors on {self._problem_name} differ from those of {self._rival} by {difference:.3f} standard errors"
        sentences = Sentences(
            f"{seen}: if they had one law, at most {odds(alpha)} would say this ({n})",
            f"{seen}, less than {APART} ({n})",
            self._failure or f"not decided in {n}: {seen}",
        )
        return Evidence(sentences, True, APART, difference, 0.0)

    def _features(self, value: Array) -> Array:
        errors = self._yard.errors(value)
        square = np.minimum(np.mean(errors**2, axis=1, keepdims=True), 2 * CLIP)
        return np.concatenate([np.clip(errors, -CLIP, CLIP), square], axis=1)
