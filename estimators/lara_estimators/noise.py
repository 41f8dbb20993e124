"""The randomness of an estimator, made explicit: an estimator is a pure function of a problem and its noise.

Draws are standardised, so that one noise serves every implementation of a formula: normals are ``N(0, 1)``,
and a mixture component is its index (a uniform would flip the index under rounding). Leading dimensions are
replicates ``R``, then the batch dimensions ``B`` of the problem.
"""

from typing import Any, NamedTuple


class NoNoise(NamedTuple):
    """For deterministic estimators: only how many replicates were asked for."""

    replicates: tuple[int, ...] = ()


class FeatureNoise(NamedTuple):
    """Feature draws shared by all queries: ``normals`` is ``(*R, *B, S, d)``, each row ``N(0, I)``.

    Rows are independent, or coupled (antithetic pairs, orthogonal blocks), as the sampling of the estimator says.
    """

    normals: Any


class MixtureNoise(NamedTuple):
    """Draws from the query's own Gaussian mixture.

    ``component`` is ``(*R, *B, N, S)``, integer, ``component ~ pi(x_n)``; ``normals`` is
    ``(*R, *B, N, S, d)``, i.i.d. ``N(0, 1)``. Stratified by chunks of keys they are ``(*R, *B, N, C, S)`` and
    ``(*R, *B, N, C, S, d)``, ``component ~ pi(x_n)`` restricted to the c-th chunk.
    """

    component: Any
    normals: Any


class IndexNoise(NamedTuple):
    """Drawn keys: ``component`` is ``(*R, *B, N, S)``, integer, ``component ~ pi(x_n)``."""

    component: Any


class ProposalNoise(NamedTuple):
    """Draws of every proposal, shared by all queries: ``normals`` is ``(*R, *B, C, S, d)``, each row ``N(0, I)``."""

    normals: Any


class KeyNoise(NamedTuple):
    """Keys drawn once for all queries: ``component`` is ``(*R, *B, S)``, integer, by the law the estimator says."""

    component: Any


class InclusionNoise(NamedTuple):
    """Keys that were included, for each query: ``included`` is ``(*R, *B, N, M)``, boolean, independent entries."""

    included: Any
