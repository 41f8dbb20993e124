"""Gauss-Hermite quadrature over ``N(0, I_r)``, ``r <= 3``: refined until stable, never at fixed nodes.

Quantity: ``E g(z)``, ``z ~ N(0, I_r)``, for an integrand with known bound ``|g| <= bound`` entry by entry.

Method: tensor Gauss-Hermite rule (Golub & Welsch 1969) whose nodes per axis are doubled until two answers agree.
Nodes of weight below 1e-20 are left out, which costs at most that times their number times the bound. How many nodes
are needed depends on the logits: at r=2 and logit sd 1, 80 a side give 5e-15; sd 4 needs 200 (estimators.md, section
3.7); a kink converges slowly, and the answer's error says how far it came.

Error: *estimated* as the last change plus the mass left out and the rounding of the sum. For the analytic integrands
of this package each doubling squares the error, so the change overstates it.

Domain: ``r <= 3``; refused where the largest rule is not stable to the tolerance.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from lara_verify.oracles.answer import Answer, Array, OutsideDomainError
from lara_verify.oracles.span import MAX_DIM

_FIRST_NODES = 16
_MAX_NODES = {0: 1, 1: 4096, 2: 1024, 3: 256}
LEAST_WEIGHT = 1e-20
_BLOCK = 1 << 15
_ROUNDING = 64 * float(np.finfo(np.float64).eps)  # of weights, integrand and sum; observed below a tenth of it

Integrand = Callable[[Array], Array]


class Rule(NamedTuple):
    """Nodes ``(P, r)`` and weights ``(P,)`` for ``N(0, I_r)``, and the mass left out, at most."""

    nodes: Array
    weights: Array
    left_out: float


@cache
def gauss_hermite(dim: int, n_nodes: int, least_weight: float = LEAST_WEIGHT) -> Rule:
    """Tensor rule with `n_nodes` an axis, less the nodes of weight below `least_weight`."""
    if dim == 0:
        return Rule(np.zeros((1, 0)), np.ones(1), 0.0)
    from scipy.special import roots_hermitenorm  # here: it costs 100 ms

    roots, weights = roots_hermitenorm(n_nodes)
    weights = weights / weights.sum()
    heavy = weights > least_weight
    roots, weights = roots[heavy], weights[heavy]
    grid = np.stack(np.meshgrid(*[roots] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
    product = np.ones(1)
    for _ in range(dim):
        product = np.multiply.outer(product, weights).ravel()
    heavy = product > least_weight
    left_out = least_weight * (n_nodes**dim - int(heavy.sum()))
    nodes, kept = grid[heavy], product[heavy]
    nodes.setflags(write=False)
    kept.setflags(write=False)
    return Rule(nodes, kept, left_out)


def gaussian_expectation(
    integrand: Integrand, dim: int, *, bound: Array, tolerance: float = 1e-12, kinked: bool = False
) -> Answer:
    """``E g(z)`` over ``z ~ N(0, I_dim)``.

    Parameters
    ----------
    integrand
        ``g``: nodes ``(P, dim)`` to values ``(P, *shape)``.
    dim
        r, 0 to 3.
    bound
        ``(*shape)``, non-negative: ``|g| <= bound``; it sets the scale of the tolerance and of the mass left out.
    tolerance
        Largest change, as a share of the bound, at which the rule counts as stable.
    kinked
        True where `integrand` is continuous but not smooth. Two rules can then agree by accident: the last *two*
        changes must be small, and the error is twice the larger.

    Raises
    ------
    OutsideDomainError
        If `dim` exceeds 3, or the largest rule has not settled.
    """
    if dim > MAX_DIM:
        raise OutsideDomainError(f"quadrature over {dim} dimensions was asked; it is offered for at most {MAX_DIM}")
    bound = np.asarray(bound, dtype=np.float64)
    n_nodes = min(_FIRST_NODES, _MAX_NODES[dim])
    value = _apply(gauss_hermite(dim, n_nodes), integrand)
    change = earlier = np.zeros_like(value) if dim == 0 else np.full_like(value, np.inf)
    while n_nodes < _MAX_NODES[dim] and not np.all(change <= tolerance * bound):
        n_nodes *= 2
        before, value = value, _apply(gauss_hermite(dim, n_nodes), integrand)
        latest = np.abs(value - before)
        change, earlier = (_cautious(latest, earlier, bound) if kinked else latest), latest
    if not np.all(change <= tolerance * bound):
        worst = float(np.max(change / np.where(bound > 0, bound, 1.0)))
        raise OutsideDomainError(
            f"quadrature still moves by {worst:.1e} of the bound at {n_nodes} nodes an axis; asked was {tolerance:.1e}"
        )
    rule = gauss_hermite(dim, n_nodes)
    return Answer(value, change + (rule.left_out + _ROUNDING) * bound)


def _cautious(latest: Array, earlier: Array, bound: Array) -> Array:
    """Twice the largest of two changes over all entries, as a share of the bound."""
    positive = np.broadcast_to(bound, latest.shape) > 0
    if not positive.any():
        return np.zeros_like(latest)
    share = (np.maximum(latest, earlier) / np.where(bound > 0, bound, 1.0))[positive].max()
    if not np.isfinite(share):
        return np.full_like(latest, np.inf)
    return np.asarray(2 * share * np.broadcast_to(bound, latest.shape))


def _apply(rule: Rule, integrand: Integrand) -> Array:
    """The rule in blocks, so that no array holds all nodes times all keys."""
    total: Array | float = 0.0
    for start in range(0, len(rule.weights), _BLOCK):
        part = slice(start, start + _BLOCK)
        total = total + np.tensordot(rule.weights[part], integrand(rule.nodes[part]), axes=(0, 0))
    return np.asarray(total)
