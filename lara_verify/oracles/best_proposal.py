"""The Gaussian proposals of least second moment: isotropic (FAVOR++), and separable over coordinates.

For ``w ~ N(0, s^2 I)`` and ``z = x + y`` the feature over its mean, ``r = N(w; z, I) / N(w; 0, s^2 I)``, has
(`sampling`, order 2)

    E r^2 = (s^4 / (2 s^2 - 1))^(d/2) exp(phi / (2 s^2 - 1)),   phi = |z|^2,   s^2 > 1/2.

With ``rho = 2 s^2 - 1`` its logarithm is ``d log(1 + rho) - d log 2 - (d/2) log rho + phi / rho``, whose derivative
vanishes where ``d rho^2 - (d + 2 phi) rho - 2 phi = 0``: one positive root,

    rho = ((d + 2 phi) + sqrt((d + 2 phi)^2 + 8 d phi)) / (2 d)

(FAVOR++, Likhosherstov et al., arXiv:2205.15317). It is 1 at ``phi = 0`` and grows with phi: wider is better. With a
diagonal covariance the second moment is a product over coordinates of the same with d = 1, so each coordinate has its
own optimum. Over many pairs the logarithm's mean is of the same form with the mean of phi (of ``z_j^2``): that is
what `mean_square` gives, and what estimators use; a heuristic for the mean itself.

Error: float64, some ``1e-15`` relative. Domain: all.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, refuse_causal, scaled_items


def log_second_moment(s2: Array, phi: Array, dim: int) -> Array:
    """``log E r^2`` of a pair (of the mean over pairs) for proposal ``N(0, s2 I)`` in `dim` dimensions.

    Raises
    ------
    OutsideDomainError
        If ``s2`` is at most 1/2: the second moment is then infinite.
    """
    rho = 2 * np.asarray(s2, dtype=np.float64) - 1
    if np.min(rho) <= 0:
        raise OutsideDomainError(f"s^2 is {np.min(s2):.3g}; unless above 1/2, weights have infinite variance")
    return np.asarray(dim * np.log(s2) - 0.5 * dim * np.log(rho) + phi / rho)


def best_variance(phi: Array, dim: int) -> Array:
    """``s^2`` of the proposal ``N(0, s^2 I)`` that minimises `log_second_moment`; of the shape of ``phi``."""
    b = dim + 2 * np.asarray(phi, dtype=np.float64)
    rho = (b + np.sqrt(b**2 + 8 * dim * phi)) / (2 * dim)
    return np.asarray((1 + rho) / 2)


def isotropic_variance(problem: Problem) -> Array:
    """The best ``s^2`` for the mean ``|x + y|^2`` over all queries and keys that take part, ``(*B,)``."""
    return best_variance(mean_square(problem).sum(axis=-1), problem.dim)


def diagonal_variance(problem: Problem) -> Array:
    """The best variance of each coordinate, ``(*B, d)``, for the means of ``(x_j + y_j)^2``."""
    return best_variance(mean_square(problem), 1)


def mean_square(problem: Problem) -> Array:
    """Mean of ``(x_nj + y_mj)^2`` over queries n and keys m that take part, ``(*B, d)``, in the scaled space."""
    refuse_causal(problem, "a proposal made from the data")
    answer = np.zeros((*problem.batch_shape, problem.dim))
    for item in scaled_items(problem):
        mixed = 2 * item.x.mean(axis=0) * item.y.mean(axis=0)
        answer[item.at] = (item.x**2).mean(axis=0) + (item.y**2).mean(axis=0) + mixed
    return answer
