"""`no_leak`: nothing reaches an output that must not."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Change, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import output_name, rounding
from lara_verify.problems import make_problem
from lara_verify.sources import Block, Source


class NoLeak:
    """Refutes a source in which masked keys or another batch item move an output.

    Null: on the same seeds, changing keys and values where they are masked leaves every output as it was, and changing
    one batch item leaves the others as they were, up to rounding. Exact: one difference beyond rounding is a proof.
    """

    claim = ClaimName.NO_LEAK

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        made = make_problem(problem)
        changed = []
        if made.key_mask is not None:
            changed.append(Arm(source, problem, Change.MASKED_KEYS))
        if made.batch_shape:
            changed.append(Arm(source, problem, Change.FIRST_ITEM))
        return (Arm(source, problem), *changed)

    def plan(self, setting: Setting) -> Plan:
        return Plan(64)

    def statistic(self, setting: Setting) -> "_Differences":
        return _Differences(
            setting, tuple(arm.change for arm in self.arms(setting.source, setting.problem_name, None)[1:])
        )


class _Differences(Observation):
    def __init__(self, setting: Setting, changes: tuple[Change | None, ...]) -> None:
        what = " and ".join(str(change) for change in changes)
        super().__init__(f"outputs did not move when {what} changed")
        self._changes = changes
        self._n_batch = len(setting.problem.batch_shape)
        self._rounding = rounding(setting)

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        before = blocks[0].value
        for change, block in zip(self._changes, blocks[1:], strict=True):
            apart = np.abs(block.value - before) - 2 * self._rounding
            if change is Change.FIRST_ITEM:
                np.moveaxis(apart, 0, self._n_batch)[(0,) * self._n_batch] = -np.inf
            if not apart.max() <= 0:  # NaN is no smaller
                at = np.unravel_index(np.argmax(apart), apart.shape)
                moved = f"{output_name(at[1:])} moved from {before[at]:.6g} to {block.value[at]:.6g}"
                return f"{moved} when only {change} changed; expected no effect"
        return None
