"""How much one random feature's estimate of ``exp(x.y)`` varies: closed forms for each feature map and coupling.

All are variances over the squared mean, ``SM = exp(x.y)``, with ``phi = |x + y|^2`` and ``psi = |x - y|^2``
(estimators.md, section 3.4):

- `Positive`, per draw: ``exp(phi) - 1``;
- `Hyperbolic`, per pair: ``(exp(phi) - 1) (1 - exp(-phi)) / 2 = cosh(phi) - 1``;
- `TrigonometricFeatures`, per draw: ``exp(phi) SM^-4 (1 - exp(-psi))^2 / 2 = exp(psi) (1 - exp(-psi))^2 / 2 =
  cosh(psi) - 1``, for ``phi - 4 x.y = psi``: the hyperbolic one at ``-y``;
- `OrthogonalBlock` of S <= d rows: ``(exp(phi) - 1) / S + (1 - 1/S) (exp(-phi) 1F1(d; d/2; phi/2) - 1)``;
- `SimplexBlock`: the same with the mean of ``1F1(d; d/2; (phi/2) (1 - sin(2 theta) / (d - 1)))``.

**Blocks.** Rows are ``rho_i u_i``, ``rho_i ~ chi_d`` independent, ``u_i.u_j = c`` for all pairs (0 orthogonal,
``-1/(d-1)`` simplex), so every pair has the same covariance ``E exp((w_1 + w_2).z) exp(-phi) - 1``, ``z = x + y``.
The sum ``w_1 + w_2`` has a uniform direction and the squared length ``rho_1^2 + rho_2^2 + 2 c rho_1 rho_2``. In polar
coordinates ``rho_1, rho_2 = R cos(theta), R sin(theta)`` this is ``R^2 (1 + c sin(2 theta))``, ``R^2 ~ chi^2_2d``
independent of theta with density proportional to ``sin(2 theta)^(d-1)``. A uniform direction gives ``0F1(; d/2;
length^2 phi / 4)``, and the moments ``E R^2k = 2^k (d)_k`` turn that into ``1F1(d; d/2; (phi/2) (1 + c sin(2
theta)))``. For c = 0 theta drops out; else its mean is by Gauss-Legendre in ``theta`` (the integrand is entire: the
error falls faster than geometrically), refined until stable.

Error: closed forms lose some ``1e-15 (1 + phi)`` relative; for blocks that is of the two terms, which may cancel
(coupling can take all the variance away). Domain: ``phi, psi <= 600``; blocks of 1 to d rows.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Answer, Array, OutsideDomainError, per_query, scaled_items

_LARGEST = 600.0
_ROUNDING = 8 * float(np.finfo(np.float64).eps)
_FIRST_NODES, _LAST_NODES = 16, 512


class FeatureMap(Protocol):
    """A random feature, or a block of coupled ones, that estimates ``exp(x.y)`` without bias."""

    def relative_variance(self, phi: Array, psi: Array, dim: int) -> Answer:
        """Variance over ``exp(2 x.y)``, of the shape of ``phi = |x + y|^2`` and ``psi = |x - y|^2``."""
        ...


def kernel_variance(problem: Problem, features: FeatureMap) -> Answer:
    """Relative variance of the kernel estimate for each query and key, ``(*B, N, M)``; 0 where a key is masked."""
    value, error = (per_query(problem, problem.n_keys) for _ in range(2))
    for item in scaled_items(problem):
        plus, minus = item.x[:, None, :] + item.y, item.x[:, None, :] - item.y
        phi, psi = (plus**2).sum(axis=-1), (minus**2).sum(axis=-1)
        known = features.relative_variance(phi, psi, problem.dim)
        value[item.at][:, item.kept] = known.value
        error[item.at][:, item.kept] = known.error
    return Answer(value, error)


@dataclass(frozen=True, slots=True)
class Positive:
    """``exp(w.x - |x|^2 / 2) exp(w.y - |y|^2 / 2)``, ``w ~ N(0, I)``."""

    def relative_variance(self, phi: Array, psi: Array, dim: int) -> Answer:
        """``exp(phi) - 1``."""
        return _rounded(np.expm1(_checked(phi)), phi)


@dataclass(frozen=True, slots=True)
class Hyperbolic:
    """The mean of the positive feature at ``w`` and at ``-w``."""

    def relative_variance(self, phi: Array, psi: Array, dim: int) -> Answer:
        """``cosh(phi) - 1``."""
        return _rounded(-0.5 * np.expm1(_checked(phi)) * np.expm1(-phi), phi)


@dataclass(frozen=True, slots=True)
class TrigonometricFeatures:
    """``exp(|x|^2 / 2 + |y|^2 / 2) cos(w.(x - y))``."""

    def relative_variance(self, phi: Array, psi: Array, dim: int) -> Answer:
        """``cosh(psi) - 1``."""
        return _rounded(-0.5 * np.expm1(_checked(psi)) * np.expm1(-psi), psi)


@dataclass(frozen=True, slots=True)
class OrthogonalBlock:
    """The mean of `n_rows` positive features at orthogonal directions with independent ``chi_d`` lengths."""

    n_rows: int

    def relative_variance(self, phi: Array, psi: Array, dim: int) -> Answer:
        """The closed form above."""
        _check_rows(self.n_rows, dim)
        return _of_block(_checked(phi), self.n_rows, Answer(_pair(phi, dim), np.zeros_like(phi)))


@dataclass(frozen=True, slots=True)
class SimplexBlock:
    """The mean of `n_rows` positive features at directions of inner products ``-1 / (d - 1)``, lengths as before."""

    n_rows: int

    def relative_variance(self, phi: Array, psi: Array, dim: int) -> Answer:
        """The quadrature above."""
        _check_rows(self.n_rows, dim)
        phi = _checked(phi)
        if dim == 1:  # a block of one row: nothing is coupled
            return Positive().relative_variance(phi, psi, dim)
        n_nodes = _FIRST_NODES
        now, change = _mean_over_angles(phi, dim, n_nodes), np.full_like(phi, np.inf)
        while np.any(change > _ROUNDING * (1 + phi) * now):
            n_nodes *= 2
            if n_nodes > _LAST_NODES:
                raise OutsideDomainError(f"the mean over angles has not settled at {_LAST_NODES} nodes")
            before, now = now, _mean_over_angles(phi, dim, n_nodes)
            change = np.abs(now - before)
        return _of_block(phi, self.n_rows, Answer(now, change))


def _pair(phi: Array, dim: int, share: float = 1.0) -> Array:
    """``exp(-phi) 1F1(d; d/2; share phi / 2)``."""
    from scipy.special import hyp1f1  # here: it costs 100 ms

    return np.asarray(np.exp(-phi) * hyp1f1(dim, dim / 2, 0.5 * share * phi))


def _mean_over_angles(phi: Array, dim: int, n_nodes: int) -> Array:
    nodes, shares = np.polynomial.legendre.leggauss(n_nodes)
    theta = (nodes + 1) * np.pi / 4
    weights = shares * np.sin(2 * theta) ** (dim - 1)
    total = np.zeros_like(phi)
    for angle, weight in zip(theta, weights / weights.sum(), strict=True):
        total += weight * _pair(phi, dim, 1 - np.sin(2 * angle) / (dim - 1))
    return total


def _of_block(phi: Array, n_rows: int, pair: Answer) -> Answer:
    share = 1 / n_rows
    value = share * np.expm1(phi) + (1 - share) * (pair.value - 1)
    size = share * np.expm1(phi) + (1 - share) * (pair.value + 1)
    return Answer(value, (1 - share) * pair.error + _ROUNDING * (1 + phi) * size)


def _rounded(value: Array, exponent: Array) -> Answer:
    return Answer(value, _ROUNDING * (1 + exponent) * np.abs(value))


def _checked(exponent: Array) -> Array:
    if exponent.max() > _LARGEST:
        raise OutsideDomainError(f"|x + y|^2 or |x - y|^2 is {exponent.max():.0f}; offered is up to {_LARGEST:.0f}")
    return exponent


def _check_rows(n_rows: int, dim: int) -> None:
    if not 1 <= n_rows <= dim:
        raise OutsideDomainError(f"a block has {n_rows} rows; expected 1 to d = {dim}")
