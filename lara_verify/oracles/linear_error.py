"""The part of a self-normalised estimate's error that is linear in its draws: a control variate of mean 0.

With ``W(w) = p~_x(w) / (q(w) Z)`` (the ``|x|^2 / 2`` kept, so that ``E W = 1``) an estimate is ``sum W f / sum W``,
and

    L = mean_s W(w_s) (f(w_s) - A)

has mean ``E_{p_x} (f - A) = 0`` exactly, whatever is done with the draws; ``estimate - A - L`` is of second order
(estimators.md, section 3.6). For LARA, W is ``sum_c alpha_c(w_c) p~_x(w_c) / (N(w_c; mu_c, I) Z)``, one draw from
each proposal, and the mean of L is 0 where the ``alpha_c`` sum to one for every w.

Written without stabilisers, as products of ``exp(w.x - |x|^2 / 2)`` and ``exp(w.y_m - |y_m|^2 / 2)`` over ``q / N(0,
I)`` and Z: good for the moderate exponents of problems with small chi^2.

Error: float64, relative to the largest product. Domain: exponents that float64 holds; LARA's proposals are the same
for all batch items.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, ScaledItem, refuse_causal, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.sampling import CorrelatedProposal, GaussianProposal


def linear_error(
    problem: Problem, normals: Array, proposal: GaussianProposal | CorrelatedProposal | None = None
) -> Array:
    """``L`` of RFA, ``(R, *B, N, e)``, for the draws ``w = mu + root z``, normals z ``(R, *B, S, d)``.

    ``root`` is the lower Cholesky factor of the proposal's covariance; without a proposal, ``w = z``.
    """
    answer = np.zeros((len(normals), *problem.batch_shape, problem.n_queries, problem.value_dim))
    for item in scaled_items(problem):
        batch = item.at[: len(problem.batch_shape)]
        z = normals[(slice(None), *batch)]
        w, ratio = _drawn(z, proposal)
        answer[(slice(None), *item.at)] = _linear(item, w, ratio)
    return answer


def lara_linear_error(problem: Problem, normals: Array, mu: Array, weights: Array | None = None) -> Array:
    """``L`` of LARA, ``(R, *B, N, e)``, for the draws ``w = mu_c + z``, normals z ``(R, *B, C, S, d)``.

    Parameters
    ----------
    problem, normals
        As above; not causal.
    mu
        Means of the proposals ``(C, d)``, scaled.
    weights
        Constant weights ``(C,)`` that sum to one; None is the balance heuristic.
    """
    refuse_causal(problem, "lara")
    if weights is not None and (np.shape(weights) != (len(mu),) or abs(np.sum(weights) - 1) > 1e-12):
        raise OutsideDomainError(f"weights are {weights}; expected {len(mu)} numbers that sum to one")
    w = normals + mu[:, None, :]
    log_ratio = w @ mu.T - 0.5 * (mu**2).sum(axis=1)  # of each proposal's density to N(0, I), (..., C, S, C)
    if weights is None:
        factor = 1 / np.exp(log_ratio).sum(axis=-1)
    else:
        own = np.einsum("...csc->...cs", log_ratio)
        factor = np.asarray(weights)[:, None] * np.exp(-own)
    draws = (*w.shape[:-3], -1)
    n_proposals = len(mu)
    w, factor = w.reshape(*draws, w.shape[-1]), n_proposals * factor.reshape(draws)  # mean over C S, sum over C
    answer = np.zeros((len(normals), *problem.batch_shape, problem.n_queries, problem.value_dim))
    for item in scaled_items(problem):
        at = (slice(None), *item.at)
        answer[at] = _linear(item, w[at], factor[at])
    return answer


def _linear(item: ScaledItem, w: Array, factor: Array | None) -> Array:
    """Mean over draws ``(R, S, d)`` of ``factor p~_x / (N(0, I) Z) (f - A)``, ``(R, N, e)``."""
    of_queries, of_keys = (np.exp(w @ a.T - 0.5 * (a**2).sum(axis=1)) for a in (item.x, item.y))
    if factor is not None:
        of_keys = of_keys * factor[..., None]
    normaliser = np.exp(item.x @ item.y.T).sum(axis=1)
    weights = np.swapaxes(of_queries, -1, -2) @ of_keys / (w.shape[-2] * normaliser[:, None])
    centred = item.v - item.v.mean(axis=0)
    target = softmax_rows(item.x, item.y) @ centred
    return np.asarray(weights @ centred - weights.sum(axis=-1)[..., None] * target)


def _drawn(z: Array, proposal: GaussianProposal | CorrelatedProposal | None) -> tuple[Array, Array | None]:
    """The draws, and ``N(w; 0, I) / N(w; mu, S)`` there, ``|root| exp((|z|^2 - |w|^2) / 2)``."""
    mu = None if proposal is None else proposal.mu
    root = np.linalg.cholesky(proposal.covariance) if isinstance(proposal, CorrelatedProposal) else None
    if mu is None and root is None:
        return z, None
    w = (z if root is None else z @ root.T) + (0.0 if mu is None else mu)
    scale = 1.0 if root is None else float(np.prod(root.diagonal()))
    return w, scale * np.exp(0.5 * ((z**2).sum(axis=-1) - (w**2).sum(axis=-1)))
