"""P0, P1, P2: independent directions at stated norms in the scaled space, ``V = [I | 1]``.

P0 has unit norms: every logit is moderate, and the constant column shows an epsilon in a normaliser at once.

P1, the challenge: the norms of queries and of keys differ among themselves. With equal norms, a missing ``-|y|**2 /
2`` or a stabiliser per key multiplies all weights alike, cancels in the ratio, and stays hidden for ever.

P2: more keys of smaller norms. Many components carry weight, so that the *law* of the noise (its variance, its
covariance) moves every output: subtle noise faults show here first.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Family, from_scaled, identity_and_one, with_norms


def _norms(
    n_queries: int,
    n_keys: int,
    query_norms: tuple[float, float],
    key_norms: tuple[float, float],
    rng: np.random.Generator,
) -> Problem:
    x = with_norms(rng, n_queries, 8, *query_norms)
    y = with_norms(rng, n_keys, 8, *key_norms)
    return from_scaled(x, y, identity_and_one(n_keys))


def _unit(rng: np.random.Generator) -> Problem:
    return _norms(8, 16, (1.0, 1.0), (1.0, 1.0), rng)


def _challenge(rng: np.random.Generator) -> Problem:
    return _norms(8, 16, (1.0, 3.0), (0.75, 2.25), rng)


def _subtle(rng: np.random.Generator) -> Problem:
    return _norms(8, 32, (1.0, 3.0), (0.5, 1.5), rng)


FAMILIES = (
    Family("P0", 0, "epsilons in a normaliser: unit norms and a constant column", _unit),
    Family("P1", 1, "missing norm terms and per-key stabilisers: norms of keys and queries differ", _challenge),
    Family("P2", 2, "subtle faults of the noise: many keys of small norm", _subtle),
)
