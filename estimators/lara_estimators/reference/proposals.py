"""The laws from which random features are drawn: Gaussians, chosen by name, fitted to the problem, or given."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from lara_estimators.given import GivenProposal
from lara_estimators.reference.fitting import fitting
from lara_estimators.reference.scaling import Array, Scaled, unmasked_mean


class Draws(NamedTuple):
    """Draws ``w``, one a column of ``(*B, d, L)``, and ``log N(w; 0, I) - log N(w; mu, Sigma)`` as ``(*B, L)``."""

    w: Array
    log_ratio: Array


class Proposal(Protocol):
    """A law ``N(mu, Sigma)`` of features."""

    @property
    def name(self) -> str:
        """Name in fields, ids and reports."""

    @property
    def finite_variance(self) -> str:
        """Where the weights have a finite variance, as a clause; empty: always."""

    @property
    def reads_all(self) -> bool:
        """Whether the law depends on all queries and keys, which leaves no causal form."""

    def draws(self, z: Array, symbols: Scaled) -> Draws:
        """Make ``w = mu + L z``, with L L' = Sigma, of the standard normal columns `z`, ``(*B, d, L)``."""


@dataclass(frozen=True, slots=True)
class Standard:
    """N(0, I)."""

    name: str = "standard"
    finite_variance: str = ""
    reads_all: bool = False

    def draws(self, z: Array, symbols: Scaled) -> Draws:
        """Take the normals as they are."""
        return Draws(z, np.zeros(1))


@dataclass(frozen=True, slots=True)
class Isotropic:
    r"""``N(0, s^2 I)``, s fitted to the mean of ``|x_n + y_m|^2`` over pairs of a query and a key that takes part.

    The estimate of ``exp(x . y)`` from one draw has the relative second moment, with ``phi = |x + y|^2`` and
    ``rho = 2 s^2 - 1 > 0``,

        E [xi(x, w) xi(y, w) N(w; 0, I) / N(w; 0, s^2 I)]^2 / exp(2 x . y) = (s^4 / rho)^{d/2} exp(phi / rho),

    a Gaussian integral. With ``s^2 = (rho + 1) / 2`` its logarithm has the derivative
    ``d / (rho + 1) - d / (2 rho) - phi / rho^2``, which vanishes where ``d rho^2 - (d + 2 phi) rho - 2 phi = 0``: at
    ``rho = ((d + 2 phi) + sqrt((d + 2 phi)^2 + 8 d phi)) / (2 d)``, the minimum. For one pair this is optimal; the
    mean over pairs in place of phi is a heuristic. Source: Likhosherstov et al. 2022, arXiv:2205.15317 (FAVOR++).
    """

    name: str = "isotropic"
    finite_variance: str = ""
    reads_all: bool = True

    def draws(self, z: Array, symbols: Scaled) -> Draws:
        """Stretch all coordinates by one number."""
        phi = np.sum(mean_square_of_sums(symbols), axis=-1, keepdims=True)
        variances = 0.5 * (best_rho(phi, z.shape[-2]) + 1)
        return stretched(z, np.broadcast_to(variances, (*variances.shape[:-1], z.shape[-2])))


@dataclass(frozen=True, slots=True)
class Diagonal:
    r"""``N(0, diag(s_1^2 .. s_d^2))``, s_j fitted to the mean of ``(x_nj + y_mj)^2`` over pairs.

    The relative second moment of one draw is the product over coordinates of those of one dimension,
    ``(s_j^4 / rho_j)^{1/2} exp(phi_j / rho_j)`` with ``phi_j = (x_j + y_j)^2`` and ``rho_j = 2 s_j^2 - 1``, as features
    and law are products over coordinates: each factor is minimal at the rho of ``Isotropic`` with d = 1. Optimal among
    diagonal covariances for one pair; the mean over pairs in place of phi_j is a heuristic. Source: as ``Isotropic``.
    """

    name: str = "diagonal"
    finite_variance: str = ""
    reads_all: bool = True

    def draws(self, z: Array, symbols: Scaled) -> Draws:
        """Stretch each coordinate by its own number."""
        return stretched(z, 0.5 * (best_rho(mean_square_of_sums(symbols), 1) + 1))


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """``N(mu, Sigma)`` as handed in; L is the lower Cholesky factor of Sigma."""

    given: GivenProposal
    name: str = "given"
    finite_variance: str = "2I - covariance^-1 is positive definite"
    reads_all: bool = False

    def draws(self, z: Array, symbols: Scaled) -> Draws:
        """Move and stretch the normals."""
        mu, lower = self._mean_and_root(z.shape[:-2], z.shape[-2])
        w = mu[..., None] + lower @ z
        log_det = np.sum(np.log(np.diagonal(lower, axis1=-2, axis2=-1)), axis=-1)
        return Draws(w, half_squares(z) - half_squares(w) + log_det[..., None])

    def _mean_and_root(self, batch: tuple[int, ...], dim: int) -> tuple[Array, Array]:
        mu, covariance = np.zeros(dim), np.eye(dim)
        if self.given.mu is not None:
            mu = fitting("proposal.mu", self.given.mu, batch, (dim,))
        if self.given.covariance is not None:
            covariance = fitting("proposal.covariance", self.given.covariance, batch, (dim, dim))
        if not np.allclose(covariance, np.swapaxes(covariance, -1, -2), rtol=1e-6, atol=0.0):
            raise ValueError("proposal.covariance is not symmetric; expected a covariance matrix")
        try:
            return mu, np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
        except np.linalg.LinAlgError:
            raise ValueError("proposal.covariance is not positive definite; expected a covariance matrix") from None


def mean_square_of_sums(symbols: Scaled) -> Array:
    """Means of ``(x_nj + y_mj)^2`` over pairs, ``(*B, d)``: both variances plus the square of the summed means."""
    x, y, _, log_mask, _ = symbols
    x_mean, y_mean = np.mean(x, axis=-2, keepdims=True), unmasked_mean(y, log_mask)
    x_variance, y_variance = np.mean((x - x_mean) ** 2, axis=-2), unmasked_mean((y - y_mean) ** 2, log_mask)[..., 0, :]
    mean_square: Array = x_variance + y_variance + (x_mean + y_mean)[..., 0, :] ** 2
    return mean_square


def best_rho(phi: Array, dim: int) -> Array:
    """``2 s^2 - 1`` at the smallest second moment, see ``Isotropic``; at least 1."""
    b = dim + 2 * phi
    rho: Array = (b + np.sqrt(b**2 + 8 * dim * phi)) / (2 * dim)
    return rho


def stretched(z: Array, variances: Array) -> Draws:
    """Draws from ``N(0, diag(variances))``, the variances ``(*B, d)``."""
    w = np.sqrt(variances)[..., None] * z
    log_det = 0.5 * np.sum(np.log(variances), axis=-1)
    return Draws(w, half_squares(z) - half_squares(w) + log_det[..., None])


def half_squares(columns: Array) -> Array:
    """``|w|^2 / 2`` of every column."""
    half: Array = 0.5 * np.einsum("...dl,...dl->...l", columns, columns)
    return half


NAMED: dict[str, Proposal] = {proposal.name: proposal for proposal in (Standard(), Isotropic(), Diagonal())}


def proposal_of(proposal: str | GivenProposal) -> Proposal:
    """Return the law of this name, or the one that is given."""
    if isinstance(proposal, GivenProposal):
        return Given(proposal)
    if not isinstance(proposal, str) or proposal not in NAMED:
        raise ValueError(f"proposal is {proposal!r}; expected {', '.join(NAMED)} or a GivenProposal")
    return NAMED[proposal]
