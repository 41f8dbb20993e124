"""`cross_check`: two writings of one formula agree on the same noise, up to derived rounding."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Evidence, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import output_name
from lara_verify.oracles.rounding import rounding_bound
from lara_verify.sources import Block, BuiltIn, Source


class CrossCheck:
    """Null: on identical noise ``|twin - reference| <= bound(twin's dtype) + bound(float64)``, entry by entry; exact.

    The bound is the only tolerance and is derived (see `lara_verify.oracles.rounding`); the noise is drawn by the
    reference and handed to the twin. The problem must be representable in the twin's dtype, as those of the panel are
    in float32; ``python -m lara_verify.checks.agreement`` rounds them first, and so compares half precision too.
    """

    claim = ClaimName.CROSS_CHECK

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        if not isinstance(source, BuiltIn) or source.noise_of is None:
            raise TypeError(f"{source.name} has no reference to be compared with on the same noise")
        return (Arm(source, problem), Arm(BuiltIn("reference", source.noise_of), problem))

    def plan(self, setting: Setting) -> Plan:
        return Plan(64)

    def statistic(self, setting: Setting) -> "_Distances":
        return _Distances(setting)


class _Distances(Observation):
    def __init__(self, setting: Setting) -> None:
        super().__init__("twin and reference agree within the rounding bound on the same noise")
        self._setting = setting
        self._largest = 0.0

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        twin, reference = blocks
        problem, source = self._setting.problem, self._setting.source
        estimator = getattr(source, "noise_of", source.estimator)
        bound = rounding_bound(problem, estimator, reference.noise, twin.dtype)
        bound = bound + rounding_bound(problem, estimator, reference.noise, "float64")
        distance = np.abs(twin.value - reference.value)
        ratio = distance / bound
        self._largest = max(self._largest, float(ratio.max()))
        if self._largest <= 1:
            return None
        at = np.unravel_index(np.argmax(ratio), ratio.shape)
        where = f"{output_name(at[1:])} on {self._setting.problem_name}"
        return (
            f"{where} is {twin.value[at]:.9g} in the twin and {reference.value[at]:.9g} in the reference "
            f"on the same noise: {self._largest:.3g} times what rounding explains"
        )

    def evidence(self, alpha: float, beta: float) -> Evidence:
        plain = super().evidence(alpha, beta)
        sentences = plain.sentences._replace(
            certified=f"{plain.sentences.certified}; largest distance {self._largest:.3g} of the bound"
        )
        return Evidence(sentences, figures={"largest_share_of_bound": self._largest})
