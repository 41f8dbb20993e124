"""Broken forms of random-feature attention."""

from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa import (
    fewer_samples,
    key_epsilon,
    key_maximum,
    missing_norm,
    noise_covariance,
    noise_rademacher,
    noise_scale,
    noise_uniform,
    relu_features,
    repeated_block,
    repeated_orthogonal,
    row_norms,
    separate_draws,
    unscaled_logits,
    unsigned_qr,
)
from lara_verify.faults.trivial import trivial_faults

FAULTS: tuple[Fault, ...] = (
    noise_scale.FAULT,
    noise_covariance.FAULT,
    noise_uniform.FAULT,
    noise_rademacher.FAULT,
    unsigned_qr.FAULT,
    row_norms.FAULT,
    repeated_block.FAULT,
    repeated_orthogonal.FAULT,
    separate_draws.FAULT,
    key_epsilon.FAULT,
    fewer_samples.FAULT,
    key_maximum.FAULT,
    missing_norm.FAULT,
    relu_features.FAULT,
    unscaled_logits.FAULT,
    *trivial_faults("rfa"),
)
