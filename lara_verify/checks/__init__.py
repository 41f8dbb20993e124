"""The checks: each judges one claim; none of them draws, loops, prints or knows a threshold."""

from lara_estimators import ClaimName
from lara_verify.checks.bias_rate import BiasRate
from lara_verify.checks.bounded import Bounded
from lara_verify.checks.check import Arm, Change, Check, Evidence, Plan, Sentences, Setting, Statistic
from lara_verify.checks.consistent import Consistent
from lara_verify.checks.cross_check import CrossCheck
from lara_verify.checks.inputs_intact import InputsIntact
from lara_verify.checks.limit import Limit
from lara_verify.checks.mean_at_n_samples import MeanAtNSamples
from lara_verify.checks.mse_at_n_samples import MseAtNSamples
from lara_verify.checks.mse_below import MseBelow
from lara_verify.checks.no_leak import NoLeak
from lara_verify.checks.protocol import Protocol
from lara_verify.checks.seed_honoured import SeedHonoured
from lara_verify.checks.symmetry import Symmetry
from lara_verify.checks.unbiased import Unbiased
from lara_verify.checks.variance_rate import VarianceRate

CHECKS: dict[ClaimName, Check] = {
    check.claim: check
    for check in (
        Protocol(),
        SeedHonoured(),
        InputsIntact(),
        NoLeak(),
        Bounded(),
        Unbiased(),
        MeanAtNSamples(),
        BiasRate(),
        Consistent(),
        MseAtNSamples(),
        MseBelow(),
        VarianceRate(),
        Symmetry(),
        Limit(),
        CrossCheck(),
    )
}
"""The check that judges each claim."""

__all__ = ["CHECKS", "Arm", "Change", "Check", "Evidence", "Plan", "Sentences", "Setting", "Statistic"]
