"""LARA with constant weights, to first order: bias and variance for any weights, and the best ones.

The estimate is ``sum_c a_c N_c / sum_c a_c D_c``, each the mean over S draws from proposal c, ``sum a = 1``. Draws of
different proposals are independent, ``E N_c = 0`` and ``E D_c = 1``; so with ``b1_c`` and ``Sigma_c`` the
coefficients of a self-normalised estimate from proposal c alone (`first_order`),

    S bias = sum_c a_c^2 b1_c + O(1/S),   S covariance = sum_c a_c^2 Sigma_c + O(1/S)

(estimators.md, section 3.6). The trace ``sum_c a_c^2 sigma_c^2`` under ``sum a = 1`` is least at ``a_c`` proportional
to ``1 / sigma_c^2`` (Cauchy-Schwarz), where it is the harmonic mean of the ``sigma_c^2`` over C.

Error: float64, as `first_order`. Domain: that of `first_order`; S counts draws of *each* proposal (pairs where
antithetic).
"""

from collections.abc import Sequence

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, refuse_causal
from lara_verify.oracles.first_order import first_order_bias, first_order_covariance
from lara_verify.oracles.sampling import Sampling


def constant_weight_bias(problem: Problem, proposals: Sequence[Sampling], weights: Array) -> Array:
    """``sum_c a_c^2 b1_c``, ``(*B, N, e)``, for weights ``(C,)`` or ``(*B, N, C)`` that sum to one."""
    parts = np.stack([first_order_bias(problem, proposal) for proposal in proposals])
    return np.asarray(np.einsum("...c,c...e->...e", _checked(weights, problem, proposals) ** 2, parts))


def constant_weight_covariance(problem: Problem, proposals: Sequence[Sampling], weights: Array) -> Array:
    """``sum_c a_c^2 Sigma_c``, ``(*B, N, e, e)``."""
    parts = np.stack([first_order_covariance(problem, proposal) for proposal in proposals])
    return np.asarray(np.einsum("...c,c...ef->...ef", _checked(weights, problem, proposals) ** 2, parts))


def proposal_variances(problem: Problem, proposals: Sequence[Sampling]) -> Array:
    """``sigma_c^2``, the trace of the covariance coefficient of each proposal alone, ``(*B, N, C)``."""
    return np.stack([np.einsum("...ee->...", first_order_covariance(problem, p)) for p in proposals], axis=-1)


def best_constant_weights(problem: Problem, proposals: Sequence[Sampling]) -> Array:
    """``a_c`` proportional to ``1 / sigma_c^2``, query by query, ``(*B, N, C)``.

    Raises
    ------
    OutsideDomainError
        If a proposal alone has no variance (its draws hit the one component): any weight on it alone is then best.
    """
    variances = proposal_variances(problem, proposals)
    if variances.min() <= 0:
        raise OutsideDomainError("a proposal has variance 0; expected positive variances, else the weights are not one")
    inverse = 1 / variances
    return np.asarray(inverse / inverse.sum(axis=-1, keepdims=True))


def _checked(weights: Array, problem: Problem, proposals: Sequence[Sampling]) -> Array:
    refuse_causal(problem, "lara")
    weights = np.asarray(weights, dtype=np.float64)
    n_proposals = len(proposals)
    if weights.shape[-1:] != (n_proposals,) or weights.min() < 0 or np.abs(weights.sum(axis=-1) - 1).max() > 1e-12:
        raise OutsideDomainError(f"weights are {weights}; expected {n_proposals} non-negative numbers that sum to one")
    return np.broadcast_to(weights, (*problem.batch_shape, problem.n_queries, n_proposals))
