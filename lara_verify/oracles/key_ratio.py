"""Attention from drawn keys, exactly, for any number of keys and draws: the Laplace formula in index space.

With ``1/D = int exp(-tD) dt`` and ``1/D^2 = int t exp(-tD) dt`` (`ratio`) mean and mean square of ``N / D`` are
integrals over t of expectations that factor over draws or keys. Per draw (key) m let ``d_m`` and ``n_m = d_m u_m`` be
what it adds to D and to N, ``u = v - A``, and ``g_m = exp(-t d_m)``:

- `independent_keys_ratio`, S draws from q: ``phi = sum q g``, ``E[N e^{-tD}] = S phi^(S-1) sum q n g`` and ``E[N^2
  e^{-tD}] = S phi^(S-1) sum q n^2 g + S (S-1) phi^(S-2) (sum q n g)^2``;
- `poisson_keys_ratio`, inclusion with rho: ``phi_m = 1 - rho_m + rho_m g_m``, ``r_m = rho_m g_m / phi_m``, ``Phi =
  prod phi``: ``E[N e^{-tD}] = Phi sum r n`` and ``E[N^2 e^{-tD}] = Phi ((sum r n)^2 + sum r (1 - r) n^2)``. An empty
  sample has ``N = 0`` and adds nothing to these; its estimate, the mean of the values, comes on top with the chance
  ``prod (1 - rho)``.

The integrals are by the trapezoidal rule in ``log t``, whose error falls exponentially in 1/step; near t = 0 ``E N =
0`` is kept exact by ``expm1``.

Error: *estimated*, the change on doubling the step, plus the rounding of the sums. Domain: not causal; weights ``pi /
q`` (``pi / rho``) of keys within a factor 1e12; 1 to 1e6 draws.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Answer, Array, OutsideDomainError, per_query, refuse_causal, scaled_items
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.key_sampling import checked_inclusion, normalised

_STEP = 1 / 6
_BELOW = 1e-9  # the integrals start at t = this over the largest normaliser; what is below contributes its square
_WIDEST = 1e12
_MAX_DRAWS = 1_000_000
_ROUNDING = 1e-13


class KeyRatio(NamedTuple):
    """Mean and mean square of the estimate minus softmax attention, ``(*B, N, e)``."""

    bias: Answer
    mse: Answer


class _Transforms(NamedTuple):
    """``E[N exp(-tD)]`` and ``E[N^2 exp(-tD)]``, ``(T, e)`` each."""

    first: Array
    second: Array


def independent_keys_ratio(problem: Problem, probabilities: Array, n_samples: int) -> KeyRatio:
    """S independent keys from ``probabilities`` ``(*B, M)``, shared by all queries."""
    if not 1 <= n_samples <= _MAX_DRAWS:
        raise OutsideDomainError(f"n_samples is {n_samples}; expected 1 to {_MAX_DRAWS}")
    laws, answer = normalised(problem, probabilities), _Ratio(problem)
    for item in scaled_items(problem):
        q = laws[item.at][item.kept]
        for at, pi, u in _queries(item.x, item.y, item.v, item.queries_at):
            d = pi / q
            answer.enter(at, u, d, _independent(q, d, u, n_samples), largest=float(n_samples))
    return answer.result()


def poisson_keys_ratio(problem: Problem, inclusion: Array) -> KeyRatio:
    """Each key of each query included by itself with probability ``inclusion`` ``(*B, N, M)``."""
    answer = _Ratio(problem)
    for item in scaled_items(problem):
        for at, pi, u in _queries(item.x, item.y, item.v, item.queries_at):
            rho = checked_inclusion(inclusion[at][item.kept])
            d = pi / rho
            answer.enter(at, u, d, _poisson(rho, d, u), largest=1.0, nothing=float(np.prod(1 - rho)))
    return answer.result()


def _independent(q: Array, d: Array, u: Array, n_samples: int) -> Callable[[Array], _Transforms]:
    n = d[:, None] * u

    def transforms(t: Array) -> _Transforms:
        decay = np.exp(-np.outer(t, d))
        lost = np.expm1(-np.outer(t, d))
        early = t * d.max() < 1
        log_phi = np.where(early, np.log1p(np.maximum(lost @ q, -0.9)), np.log(decay @ q))[:, None]
        weighted = q[:, None] * n
        first = np.where(early[:, None], lost @ weighted, decay @ weighted) / np.exp(log_phi)
        second = decay @ (q[:, None] * n**2) / np.exp(log_phi)
        whole = n_samples * np.exp(n_samples * log_phi)
        return _Transforms(whole * first, whole * (second + (n_samples - 1) * first**2))

    return transforms


def _poisson(rho: Array, d: Array, u: Array) -> Callable[[Array], _Transforms]:
    n = d[:, None] * u
    with np.errstate(divide="ignore"):  # log 0 = -inf is right where a key is certain
        log_rho, log_not = np.log(rho), np.log1p(-rho)

    def transforms(t: Array) -> _Transforms:
        exponent = np.outer(t, d)
        log_phi = np.logaddexp(log_rho - exponent, log_not)
        share = np.exp(log_rho - exponent - log_phi)
        moved = rho * (1 - rho) * np.expm1(-exponent) * np.exp(-np.where(rho < 1, log_phi, 0.0))  # share - rho
        early = (t * d.max() < 1)[:, None]
        first = np.where(early, moved @ n, share @ n)
        spread = (share * (1 - share)) @ n**2
        whole = np.exp(log_phi.sum(axis=1))[:, None]
        return _Transforms(whole * first, whole * (first**2 + spread))

    return transforms


def _queries(x: Array, y: Array, v: Array, at: list[tuple[int, ...]]) -> list[tuple[tuple[int, ...], Array, Array]]:
    """For each query where it is, ``pi`` ``(M,)`` and ``u`` ``(M, e)``."""
    centred = v - v.mean(axis=0)
    return [(place, pi, centred - pi @ centred) for place, pi in zip(at, softmax_rows(x, y), strict=True)]


class _Ratio:
    """Integrals over t, put where each query is."""

    def __init__(self, problem: Problem) -> None:
        refuse_causal(problem, "a law of keys")
        self._value, self._error = (
            (per_query(problem, problem.value_dim), per_query(problem, problem.value_dim)) for _ in range(2)
        )

    def enter(
        self,
        at: tuple[int, ...],
        u: Array,
        d: Array,
        transforms: Callable[[Array], _Transforms],
        *,
        largest: float,
        nothing: float = 0.0,
    ) -> None:
        """Integrate; `largest` is the normaliser's mean, `nothing` the chance that nothing is drawn."""
        if d.max() > _WIDEST * d.min():
            raise OutsideDomainError(
                f"weights of keys differ by {d.max() / d.min():.1e}; offered is up to {_WIDEST:.0e}"
            )
        start, stop = np.log(_BELOW / (largest * max(d.max(), 1.0))), np.log(50 / d.min())
        t = np.exp(np.arange(start, stop, _STEP))
        found = transforms(t)
        mean_value = u.mean(axis=0)
        extras = nothing * mean_value, nothing * mean_value**2
        terms = _STEP * t[:, None] * found.first, _STEP * t[:, None] ** 2 * found.second
        for value, error, extra, term in zip(self._value, self._error, extras, terms, strict=True):
            total = term.sum(axis=0)
            value[at] = total + extra
            error[at] = np.abs(total - 2 * term[::2].sum(axis=0)) + _ROUNDING * np.abs(term).sum(axis=0)

    def result(self) -> KeyRatio:
        return KeyRatio(*(Answer(*pair) for pair in zip(self._value, self._error, strict=True)))
