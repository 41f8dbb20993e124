"""Samplers by their names."""

from lara_estimators.torch.sampling.antithetic import Antithetic
from lara_estimators.torch.sampling.iid import IID
from lara_estimators.torch.sampling.orthogonal import Orthogonal
from lara_estimators.torch.sampling.quasi_monte_carlo import QuasiMonteCarlo
from lara_estimators.torch.sampling.sampling import Sampling
from lara_estimators.torch.sampling.simplex import Simplex

_SAMPLINGS: dict[str, Sampling] = {
    "iid": IID(),
    "antithetic": Antithetic(),
    "orthogonal": Orthogonal(),
    "simplex": Simplex(),
    "quasi-monte-carlo": QuasiMonteCarlo(),
}


def sampling_of(name: str) -> Sampling:
    """Return the sampler of this name."""
    if name not in _SAMPLINGS:
        raise ValueError(f"sampling is {name!r}; expected one of {', '.join(_SAMPLINGS)}")
    return _SAMPLINGS[name]
