"""Samplers by name."""

from lara_estimators.reference.sampling.antithetic import Antithetic
from lara_estimators.reference.sampling.iid import IID
from lara_estimators.reference.sampling.orthogonal import Orthogonal
from lara_estimators.reference.sampling.quasi_monte_carlo import QuasiMonteCarlo
from lara_estimators.reference.sampling.sampler import Sampler
from lara_estimators.reference.sampling.simplex import Simplex

SAMPLERS: dict[str, Sampler] = {
    sampler.name: sampler for sampler in (IID(), Antithetic(), Orthogonal(), Simplex(), QuasiMonteCarlo())
}


def sampling_of(name: str) -> Sampler:
    """Return the sampler of this name."""
    if not isinstance(name, str) or name not in SAMPLERS:
        *others, last = SAMPLERS
        raise ValueError(f"sampling is {name!r}; expected {', '.join(others)} or {last}")
    return SAMPLERS[name]
