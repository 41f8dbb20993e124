"""How S feature draws depend on each other: one joint law a file, each row N(0, I) by itself."""

from lara_estimators.reference.sampling.choice import OF_FEATURES, OF_PROPOSALS, sampling_of
from lara_estimators.reference.sampling.sampler import Sampler

__all__ = ["OF_FEATURES", "OF_PROPOSALS", "Sampler", "sampling_of"]
