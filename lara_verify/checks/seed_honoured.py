"""`seed_honoured`: the seed decides the draw."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import exact, output_name, rounding
from lara_verify.sources import Block, Source

N_REPLICATES = 64

CONTINUOUS = ("ra", "stratified_ra", "rfa", "importance", "lara")
"""Kinds of estimators whose outputs have a density."""


class SeedHonoured:
    """Refutes a source whose output is not a function of the seed, or does not depend on it.

    Null: equal seeds give equal outputs up to rounding, and outputs differ between seeds. The second arm repeats
    the seeds of a whole block after all of them were drawn, so that hidden state shows. Outputs that are the same
    for every seed are refuted unless they are exact attention to rounding: then there is nothing that a seed could
    decide. Where draws have a density (`CONTINUOUS`), two seeds never give the same whole output: one that is given
    twice is a draw that was not made anew, or a seed of which only a part is read. In half precision, where right
    outputs may coincide, that is not asked.
    """

    claim = ClaimName.SEED_HONOURED

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem), Arm(source, problem, again=True))

    def plan(self, setting: Setting) -> Plan:
        return Plan(N_REPLICATES)

    def statistic(self, setting: Setting) -> "_Repeats":
        return _Repeats(setting)


class _Repeats(Observation):
    def __init__(self, setting: Setting) -> None:
        super().__init__("equal seeds gave equal outputs and different seeds different ones")
        self._rounding = rounding(setting)
        self._target, _ = exact(setting.problem)
        self._first: np.ndarray | None = None
        self._varies = False
        self._continuous = setting.source.estimator.partition("[")[0] in CONTINUOUS
        self._seen: set[bytes] = set()

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        once, again = (block.value for block in blocks)
        apart = np.abs(once - again) - 2 * self._rounding
        if apart.max() > 0:
            at = np.unravel_index(np.argmax(apart), apart.shape)
            where = output_name(at[1:])
            return f"the same seed gave {where} = {once[at]:.6g} and then {again[at]:.6g}; expected the same output"
        if self._first is None:
            self._first = once[0]
        self._varies = self._varies or bool((once != self._first).any())
        exact = bool((np.abs(self._first - self._target) <= self._rounding).all())
        if self._count >= N_REPLICATES and not self._varies and not exact:
            return f"{self._count} different seeds gave one and the same output; expected a new draw for each"
        self._seen |= {output.tobytes() for output in once}
        fine = blocks[0].dtype in ("float32", "float64")
        if self._continuous and fine and self._varies and len(self._seen) < self._count:
            twice = self._count - len(self._seen)
            return (
                f"of {self._count} different seeds {twice} gave an output that an earlier one had given, to the bit; "
                "expected a new draw for each"
            )
        return None
