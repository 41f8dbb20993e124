"""Attention from drawn keys, exactly and at any number of draws, by going through everything that can be drawn.

Each outcome has a probability P and counts ``c_m`` (`key_sampling`); its estimate is ``sum_m pi_m c_m v_m / sum_m
pi_m c_m``.

- `independent_keys_moments`: all multisets of S keys, ``C(M + S - 1, S)`` of them, ``P = S! prod q^k / k!``, ``c = k
/ (S q)``;
- `poisson_keys_moments`: all ``2^M`` sets, ``P = prod rho prod (1 - rho)``, ``c = 1 / rho``; nothing drawn: the mean
  of the values that take part, which stays in their hull;
- `tail_keys_moments`: all ``C(T, S)`` sets of S tail keys, equally likely, ``c = 1`` on exact keys and ``T / S`` on
drawn ones.

Error: float64, about ``1e-15`` of the values' range times the root of the number of outcomes. Domain: not causal, at
most ``2^18`` outcomes (Poisson: 16 keys). See `key_ratio` for more keys and draws.
"""

from itertools import combinations, combinations_with_replacement
from math import comb, lgamma
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import (
    Answer,
    Array,
    OutsideDomainError,
    ScaledItem,
    per_query,
    refuse_causal,
    scaled_items,
)
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.key_sampling import checked_inclusion, normalised, tail_of

_MAX_OUTCOMES = 2**18
_MAX_POISSON = 16
_ROUNDING = 64 * float(np.finfo(np.float64).eps)


class KeyMoments(NamedTuple):
    """Mean and mean square of the estimate minus softmax attention, ``(*B, N, e)``; mean of the normaliser over Z.

    The normaliser ``(*B, N)`` counts an empty sample as 0: it is 1 for every law here, by Horvitz and Thompson.
    """

    bias: Answer
    mse: Answer
    normaliser: Answer


def independent_keys_moments(problem: Problem, probabilities: Array, n_samples: int) -> KeyMoments:
    """S independent keys from ``probabilities`` ``(*B, M)``, shared by all queries."""
    laws, moments = normalised(problem, probabilities), _Moments(problem)
    for item in scaled_items(problem):
        q = laws[item.at][item.kept]
        _refuse_many(comb(len(q) + n_samples - 1, n_samples))
        chosen = np.array(list(combinations_with_replacement(range(len(q)), n_samples)))
        counts = _counts(chosen, len(q))
        ways = lgamma(n_samples + 1) - np.array([lgamma(k + 1) for k in range(n_samples + 1)])[counts].sum(axis=1)
        chance = np.exp(ways + counts @ np.log(q))
        moments.enter(item, counts / (n_samples * q), chance)
    return moments.result()


def poisson_keys_moments(problem: Problem, inclusion: Array) -> KeyMoments:
    """Each key of each query included by itself with probability ``inclusion`` ``(*B, N, M)``."""
    moments = _Moments(problem)
    for item in scaled_items(problem):
        n_keys = len(item.y)
        if n_keys > _MAX_POISSON:
            raise OutsideDomainError(f"{n_keys} keys have 2^{n_keys} sets; offered is up to 2^{_MAX_POISSON}")
        included = (np.arange(2**n_keys)[:, None] >> np.arange(n_keys)) & 1
        for n, rho in enumerate(checked_inclusion(inclusion[item.at][:, item.kept])):
            chance = np.prod(np.where(included, rho, 1 - rho), axis=1)
            moments.enter(item, included / rho, chance, query=n)
    return moments.result()


def tail_keys_moments(problem: Problem, exact: Array, n_samples: int) -> KeyMoments:
    """The keys of the mask ``exact`` ``(*B, M)`` always, and `n_samples` of the others without replacement."""
    moments = _Moments(problem)
    for item in scaled_items(problem):
        tail = tail_of(problem, item, exact, n_samples)
        places = np.flatnonzero(tail)
        _refuse_many(comb(len(places), n_samples))
        chosen = np.array([places[list(few)] for few in combinations(range(len(places)), n_samples)])
        counts = _counts(chosen, len(tail)) * len(places) / n_samples + ~tail
        moments.enter(item, counts, np.full(len(chosen), 1 / len(chosen)))
    return moments.result()


class _Moments:
    """Sums over outcomes, put where each query is."""

    def __init__(self, problem: Problem) -> None:
        refuse_causal(problem, "a law of keys")
        e = problem.value_dim
        self._parts = per_query(problem, e), per_query(problem, e), per_query(problem)
        self._errors = per_query(problem, e), per_query(problem, e), per_query(problem)

    def enter(self, item: ScaledItem, counts: Array, chance: Array, query: int | None = None) -> None:
        """Outcomes by their counts over means ``(O, M)`` and chances ``(O,)``, for all queries or one of them."""
        pi = softmax_rows(item.x, item.y)
        centred = item.v - item.v.mean(axis=0)
        spread = np.ptp(item.v, axis=0)
        for n in range(len(pi)) if query is None else (query,):
            u = centred - pi[n] @ centred
            normaliser = counts @ pi[n]
            drawn = normaliser > 0
            deviation = np.tile(u.mean(axis=0), (len(counts), 1))  # of the mean value, where nothing is drawn
            deviation[drawn] = (counts[drawn] * pi[n]) @ u / normaliser[drawn, None]
            at = (*item.at, n)
            sums = chance @ deviation, chance @ deviation**2, chance @ normaliser
            sizes = spread, spread**2, np.ones(())
            for parts, errors, total, size in zip(self._parts, self._errors, sums, sizes, strict=True):
                parts[at], errors[at] = total, _ROUNDING * size

    def result(self) -> KeyMoments:
        return KeyMoments(*(Answer(*pair) for pair in zip(self._parts, self._errors, strict=True)))


def _counts(chosen: NDArray[np.int_], n_keys: int) -> NDArray[np.int_]:
    """How often each key was chosen, ``(O, M)`` integers, from chosen keys ``(O, S)``."""
    counts = np.zeros((len(chosen), n_keys), dtype=int)
    np.add.at(counts, (np.arange(len(chosen))[:, None], chosen), 1)
    return counts


def _refuse_many(n_outcomes: int) -> None:
    if n_outcomes > _MAX_OUTCOMES:
        raise OutsideDomainError(f"{n_outcomes} outcomes would have to be enumerated; offered is up to {_MAX_OUTCOMES}")
