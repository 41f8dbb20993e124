"""How S feature draws depend on each other: one joint law a file, each row N(0, I) by itself."""

from lara_estimators.reference.sampling.antithetic import Antithetic
from lara_estimators.reference.sampling.choice import sampling_of
from lara_estimators.reference.sampling.iid import IID
from lara_estimators.reference.sampling.orthogonal import Orthogonal
from lara_estimators.reference.sampling.quasi_monte_carlo import QuasiMonteCarlo
from lara_estimators.reference.sampling.sampler import Sampler
from lara_estimators.reference.sampling.simplex import Simplex

__all__ = ["IID", "Antithetic", "Orthogonal", "QuasiMonteCarlo", "Sampler", "Simplex", "sampling_of"]
