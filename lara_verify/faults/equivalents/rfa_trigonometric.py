"""Sines and cosines."""

from lara_estimators import ClaimName
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric

EQUIVALENT = Fault(
    name="rfa-trigonometric",
    cause="features are sines and cosines, whose kernels can be negative",
    mend="nothing to mend: the kernels are unbiased, and their ratio is consistent",
    of="rfa",
    breaks=(),
    keeps=(
        ClaimName.PROTOCOL,
        ClaimName.SEED_HONOURED,
        ClaimName.INPUTS_INTACT,
        ClaimName.NO_LEAK,
        ClaimName.CONSISTENT,
        ClaimName.MSE_AT_N_SAMPLES,
    ),
    build=lambda n_samples, _: StepwiseTrigonometric(n_samples),
)
