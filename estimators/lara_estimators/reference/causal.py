"""Causal attention: which keys a query sees, and the integrand over those."""

import numpy as np

from lara_estimators.problem import Problem
from lara_estimators.reference.integrand import Integrand, integrand
from lara_estimators.reference.scaling import Array


def refuse_causal(problem: Problem, name: str, reason: str) -> None:
    """Refuse causal problems, for an estimator that has no such form."""
    if problem.causal:
        raise ValueError(f"{name} has no causal form: {reason}")


def log_visible(problem: Problem, log_mask: Array) -> Array:
    """0 where query n sees key m, minus infinity elsewhere: ``(*B, 1, M)``, or ``(*B, N, M)`` if causal."""
    mask = log_mask[..., None, :]
    if not problem.causal:
        return mask
    return np.where(np.tri(problem.n_queries, problem.n_keys, dtype=bool), mask, -np.inf)


def causal_integrand(w: Array, y: Array, v: Array, log_mask: Array) -> Integrand:
    r"""Evaluate f_n and ell_n, the integrand and its mixture over the keys ``m <= n``, for n = 1..N.

    The draws `w` are ``(*B, N, d, L)``, a set for each query, or ``(*B, 1, d, L)``, shared by all; `y`, `v` and
    `log_mask` as for ``integrand``. Returns ``f`` as ``(*B, N, e, L)`` and ``log_mixture`` as ``(*B, N, L)``. Keys
    after n enter nothing of query n, not even a stabiliser: its numbers do not depend on them by a single bit.
    """
    n_queries = y.shape[-2]
    of_query = np.broadcast_to(w, (*w.shape[:-3], n_queries, *w.shape[-2:]))
    parts = [
        integrand(of_query[..., n, :, :], y[..., : n + 1, :], v[..., : n + 1, :], log_mask[..., : n + 1])
        for n in range(n_queries)
    ]
    return Integrand(
        np.stack([part.f for part in parts], axis=-3), np.stack([part.log_mixture for part in parts], axis=-2)
    )
