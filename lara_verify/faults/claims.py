"""Which claims of a candidate a fault concerns."""

from lara_estimators import ClaimName

MEAN = (ClaimName.UNBIASED,)
"""What a wrong law breaks."""

LAW_ONLY = (
    ClaimName.PROTOCOL,
    ClaimName.SEED_HONOURED,
    ClaimName.INPUTS_INTACT,
    ClaimName.NO_LEAK,
    ClaimName.BOUNDED,
)
"""What is kept where only the law of the output is wrong."""
