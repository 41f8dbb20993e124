"""The statistic of convergence claims: a mean that is refuted above one figure and certified below another."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Evidence, Sentences, Setting
from lara_verify.sources import Block
from lara_verify.stats.certificate import SmallMeanCertificate
from lara_verify.stats.coordinates import CoordinateMixture

Array = NDArray[np.float64]

N_CALLS = 4000
"""Calls of a candidate for each convergence case; refutation may come as late as that."""


class TwoFigures:
    """Evidence about the mean of ``Y = measure(output) - centre``, for ``low <= Y <= high``.

    `log_e_refute` is evidence against ``|E Y_j| <= refuted_above`` for all ``j``; `log_e_certify` is evidence for
    ``|E Y_j| < certified_below`` for all ``j``. Between the two figures both are true, which makes the claim decidable.

    Parameters
    ----------
    measure
        From outputs ``(R, *B, N, e)`` to ``(R, D)``; ``name`` is that of coordinate ``j``.
    """

    def __init__(
        self,
        setting: Setting,
        measure: Callable[[Array], Array],
        dim: int,
        *,
        centre: float,
        bounds: tuple[float, float],
        refuted_above: float,
        certified_below: float,
        say: Callable[[float, int, str, float, float], Sentences],
    ) -> None:
        low, high = (np.full(dim, bound - centre) for bound in bounds)
        self._measure, self._centre, self._say = measure, centre, say
        self._refuted_above, self._certified_below = refuted_above, certified_below
        self._mixture = CoordinateMixture(low, high, np.full(dim, refuted_above))
        spread = np.full(dim, (certified_below / 2) ** 2)
        self._certificate = SmallMeanCertificate(np.full(dim, certified_below), low, high, spread)
        self._setting = setting
        self._failure: str | None = None

    def update(self, blocks: tuple[Block, ...]) -> None:
        y = self._measure(blocks[0].value) - self._centre
        self._mixture.update(y)
        self._certificate.update(y)

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    @property
    def log_e_refute(self) -> float:
        return self._mixture.log_wealth()

    @property
    def log_e_certify(self) -> float:
        return -np.inf if self._failure is not None else self._certificate.log_wealth()

    def evidence(self, alpha: float, beta: float) -> Evidence:
        mean = self._mixture.mean
        worst = int(np.argmax(np.abs(mean)))
        measured = float(mean[worst]) + self._centre
        low, high = self._mixture.interval(beta)
        n = f"{self._mixture.count:,} replicates"
        sentences = self._say(measured, worst, n, alpha, beta)
        if self._failure is not None:
            sentences = sentences._replace(undecided=self._failure)
        return Evidence(
            sentences,
            sampled=True,
            tolerance=self._certified_below,
            measured=measured,
            expected=self._centre,
            figures={
                "refuted_above": self._refuted_above + self._centre,
                "certified_below": self._certified_below + self._centre,
                "interval_low": float(low[worst]) + self._centre,
                "interval_high": float(high[worst]) + self._centre,
            },
        )
