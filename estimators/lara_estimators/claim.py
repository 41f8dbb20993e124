"""What an estimator says of itself: data that checks, plans and documentation read."""

from dataclasses import dataclass
from enum import StrEnum


class ClaimName(StrEnum):
    """The closed list of properties that can be claimed and judged; the value is the name in reports."""

    PROTOCOL = "protocol"
    SEED_HONOURED = "seed_honoured"
    INPUTS_INTACT = "inputs_intact"
    NO_LEAK = "no_leak"
    BOUNDED = "bounded"
    UNBIASED = "unbiased"
    MEAN_AT_N_SAMPLES = "mean_at_n_samples"
    BIAS_RATE = "bias_rate"
    CONSISTENT = "consistent"
    MSE_AT_N_SAMPLES = "mse_at_n_samples"
    MSE_BELOW = "mse_below"
    VARIANCE_RATE = "variance_rate"
    VARIANCE_ORDER = "variance_order"
    KERNEL_UNBIASED = "kernel_unbiased"
    GRADIENT = "gradient"
    SYMMETRY = "symmetry"
    LIMIT = "limit"
    LINEAR_COST = "linear_cost"
    COVERAGE = "coverage"
    CROSS_CHECK = "cross_check"


@dataclass(frozen=True, slots=True)
class Claim:
    """One property that an estimator has, and the condition under which it has it.

    Parameters
    ----------
    name
        The property.
    condition
        Where the property holds, as a clause a person can read; empty means on every valid problem.
    """

    name: ClaimName
    condition: str = ""
