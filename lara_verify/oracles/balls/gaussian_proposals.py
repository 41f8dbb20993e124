"""The law N(mu, Sigma) of RFA's features: ``w = mu + L z`` with ``L L^T = Sigma``, L lower triangular."""

from typing import Any

from lara_estimators.given import GivenProposal
from lara_verify.oracles.answer import Array
from lara_verify.oracles.balls.dual import Scalar
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.sums import add, dot, total


def feature_draws(item: Item, proposal: str | GivenProposal, normals: Array) -> list[Row]:
    """Turn standard normals ``(S, d)`` into draws of the proposal."""
    draws: list[Row] = exact(normals)
    if isinstance(proposal, GivenProposal):
        return _given(item, proposal, draws)
    if proposal == "standard":
        return draws
    deviations = [s.sqrt() for s in variances(item, proposal)]
    return [[s * z for s, z in zip(deviations, draw, strict=True)] for draw in draws]


def variances(item: Item, proposal: str) -> list[Scalar]:
    """``s_j^2`` of each coordinate, ``isotropic`` or ``diagonal``: from all queries and the keys that take part."""
    sums = [add(x, item.y[m]) for x in item.x for m in item.kept]
    squares = [total(u[j] * u[j] for u in sums) / len(sums) for j in range(item.dim)]
    if proposal == "isotropic":
        return [_optimum(total(squares), item.dim)] * item.dim
    if proposal == "diagonal":
        return [_optimum(square, 1) for square in squares]
    raise ValueError(f"proposal is {proposal!r}; expected standard, isotropic, diagonal or a GivenProposal")


def _optimum(phi: Scalar, dim: int) -> Scalar:
    """``s^2`` of the least second moment, ``2 s^2 - 1 = ((d + 2 phi) + ((d + 2 phi)^2 + 8 d phi)^.5) / (2 d)``."""
    b = dim + 2 * phi
    rho = (b + (b * b + 8 * dim * phi).sqrt()) / (2 * dim)
    return (rho + 1) / 2


def _given(item: Item, proposal: GivenProposal, draws: list[Row]) -> list[Row]:
    if proposal.covariance is not None:
        factor = cholesky(exact(item.of_given(proposal.covariance, 2)))
        draws = [[dot(row, draw[: len(row)]) for row in factor] for draw in draws]
    if proposal.mu is not None:
        mu: Row = exact(item.of_given(proposal.mu, 1))
        draws = [add(mu, draw) for draw in draws]
    return draws


def cholesky(matrix: list[Row]) -> list[Row]:
    """Rows of the lower Cholesky factor, each up to its diagonal; reads the lower triangle."""
    factor: list[Row] = []
    for i, row in enumerate(matrix):
        new: list[Any] = []
        for j in range(i):
            new.append((row[j] - dot(new, factor[j][:j])) / factor[j][j])
        new.append((row[i] - dot(new, new)).sqrt())
        factor.append(new)
    return factor
