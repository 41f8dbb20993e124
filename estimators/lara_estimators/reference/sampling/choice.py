"""Samplers by name."""

from collections.abc import Mapping

from lara_estimators.reference.sampling.antithetic import Antithetic
from lara_estimators.reference.sampling.deterministic import Deterministic
from lara_estimators.reference.sampling.iid import IID
from lara_estimators.reference.sampling.orthogonal import Orthogonal
from lara_estimators.reference.sampling.quasi_monte_carlo import QuasiMonteCarlo
from lara_estimators.reference.sampling.sampler import Sampler
from lara_estimators.reference.sampling.simplex import Simplex

OF_FEATURES: Mapping[str, Sampler] = {
    sampler.name: sampler for sampler in (IID(), Antithetic(), Orthogonal(), Simplex(), QuasiMonteCarlo())
}
"""Joint laws of features that are drawn from one proposal."""

OF_PROPOSALS: Mapping[str, Sampler] = {sampler.name: sampler for sampler in (IID(), Antithetic(), Deterministic())}
"""Joint laws of the draws of each of several proposals."""


def sampling_of(name: str, among: Mapping[str, Sampler] = OF_FEATURES) -> Sampler:
    """Return the sampler of this name."""
    if not isinstance(name, str) or name not in among:
        *others, last = among
        raise ValueError(f"sampling is {name!r}; expected {', '.join(others)} or {last}")
    return among[name]
