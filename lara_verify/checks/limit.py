"""`limit`: with all keys at zero, an estimator whose weights sum to one is softmax attention (claim E1)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Evidence, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import exact, output_name
from lara_verify.oracles.rounding import rounding_bound
from lara_verify.problems.moves import ZeroKeys
from lara_verify.sources import Block, BuiltIn, Moved, Source


class Limit:
    """Null: on the same problem with keys 0 every output is exact softmax attention, up to derived rounding; exact.

    With ``y_m = 0`` the kernel of every key is 1, f(w) is the mean of the values for every w, and so is any average
    of f with weights that sum to one: the error is 0 at any chi^2 and any number of samples (estimators.md, section
    4). Oracle: softmax attention of the changed problem, in ball arithmetic. The noise is that of the unchanged
    problem.
    """

    claim = ClaimName.LIMIT

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        if not isinstance(source, BuiltIn):
            raise TypeError(f"{source.name} has no explicit noise to be kept while the keys change")
        return (Arm(Moved(source, ZeroKeys()), problem),)

    def plan(self, setting: Setting) -> Plan:
        return Plan(64)

    def statistic(self, setting: Setting) -> "_AtZeroKeys":
        return _AtZeroKeys(setting)


class _AtZeroKeys(Observation):
    def __init__(self, setting: Setting) -> None:
        super().__init__("with all keys at zero the output is softmax attention within rounding")
        self._setting = setting
        self._problem = ZeroKeys().problem(setting.problem)
        self._target, self._radius = exact(self._problem)
        self._largest = 0.0

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        (block,) = blocks
        source = self._setting.source
        estimator = getattr(source, "algorithm", source.estimator)
        bound = rounding_bound(self._problem, estimator, block.noise, block.dtype)
        ratio = np.abs(block.value - self._target) / (bound + self._radius)
        self._largest = max(self._largest, float(ratio.max()))
        if ratio.max() <= 1:
            return None
        at = np.unravel_index(np.argmax(ratio), ratio.shape)
        return (
            f"{output_name(at[1:])} on {self._setting.problem_name} with all keys at zero is {block.value[at]:.9g}, "
            f"softmax attention {self._target[at[1:]]:.9g}: {ratio.max():.3g} times what rounding explains"
        )

    def evidence(self, alpha: float, beta: float) -> Evidence:
        plain = super().evidence(alpha, beta)
        return Evidence(plain.sentences, figures={"largest_share_of_bound": self._largest})
