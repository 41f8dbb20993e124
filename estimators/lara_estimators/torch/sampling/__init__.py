"""Samplers of features: S rows a replicate and batch item, each N(0, I), independent or coupled; one a file."""

from lara_estimators.torch.sampling.by_name import sampling_of
from lara_estimators.torch.sampling.sampling import Sampling

__all__ = ["Sampling", "sampling_of"]
