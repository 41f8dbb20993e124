"""Which claims of a candidate a fault concerns."""

from lara_estimators import ClaimName

MEAN = (ClaimName.UNBIASED,)
"""What a wrong law of `ra` breaks."""

LIMIT = (ClaimName.CONSISTENT,)
"""What a wrong law of `rfa` or `lara` breaks: its outputs lie around something else."""

SPREAD = (ClaimName.MSE_AT_N_SAMPLES,)
"""What too few or repeated draws break: outputs lie around the right thing, too far away."""

LAW_ONLY = (
    ClaimName.PROTOCOL,
    ClaimName.SEED_HONOURED,
    ClaimName.INPUTS_INTACT,
    ClaimName.NO_LEAK,
    ClaimName.BOUNDED,
)
"""What is kept where only the law of the output is wrong."""
