"""P6: extremes, on which rounding is at its worst and special cases of the formulas are met.

Logits to 30 (weights down to exp(-60)); keys far from the origin, which is where an estimator that does not centre them
loses its digits; a mask that leaves one key; keys that are equal; one dimension, and many; M = 4096 keys; causal
attention; and what of these comes together in practice. Values are random, the last column constant: it must stay so.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from lara_estimators.problem import Problem
from lara_verify.problems.family import Array, Family, directions, frozen

_OFFSET = 100.0


def _problem(
    rng: np.random.Generator,
    *,
    shape: tuple[int, int, int] = (6, 12, 8),
    logit: float = 3.0,
    offset: float = 0.0,
    n_left: int | None = None,
    n_distinct: int | None = None,
    causal: bool = False,
    rising: bool = False,
) -> Problem:
    """Directions at random, the largest logit `logit`, then `offset` added to every coordinate of every key.

    `rising`: all lean to one side, and later keys are longer, so that logits rise along the keys for every query.
    """
    n_queries, n_keys, dim = shape
    q, k = directions(rng, n_queries, dim), directions(rng, n_keys, dim)
    norms = rng.uniform(0.5, 1.0, (n_keys, 1))
    if rising:
        q, k, norms = q + np.eye(dim)[0], k + np.eye(dim)[0], np.linspace(0.05, 1.0, n_keys)[:, None]
    k *= norms
    if n_distinct is not None:
        k = k[np.arange(n_keys) % n_distinct]
    stretch = np.sqrt(logit * np.sqrt(dim) / np.max(np.abs(q @ k.T)))
    mask = None if n_left is None else _left(rng, n_keys, n_left, causal)
    return frozen(stretch * q, stretch * k + offset, _values(rng, n_keys), key_mask=mask, causal=causal)


def _values(rng: np.random.Generator, n_keys: int) -> Array:
    v = rng.uniform(-1.0, 1.0, (n_keys, 3))
    v[:, -1] = 1.0
    return v


def _left(rng: np.random.Generator, n_keys: int, n_left: int, causal: bool) -> NDArray[np.bool_]:
    first = 0 if causal else int(rng.integers(n_keys))
    others = rng.permutation(np.delete(np.arange(n_keys), first))[: n_left - 1]
    return np.isin(np.arange(n_keys), [first, *others])


FAMILIES = (
    Family("P6-logits30", 62, "stabilisers: logits to 30", partial(_problem, logit=30.0)),
    Family("P6-offset100", 63, "keys that are not centred: all lie at 100", partial(_problem, offset=_OFFSET)),
    Family("P6-one-key", 64, "masks that leave one key: every output is its value", partial(_problem, n_left=1)),
    Family("P6-duplicates", 65, "ties: every key is there three times", partial(_problem, n_distinct=4)),
    Family("P6-equal-keys", 66, "ties: all keys are one", partial(_problem, n_distinct=1)),
    Family("P6-d1", 67, "one dimension", partial(_problem, shape=(5, 7, 1))),
    Family("P6-d128", 68, "many dimensions", partial(_problem, shape=(3, 20, 128))),
    Family("P6-long", 69, "sums over 4096 keys", partial(_problem, shape=(3, 4096, 16))),
    Family("P6-causal", 70, "keys that a query must not see", partial(_problem, shape=(16, 16, 8), causal=True)),
    Family("P6-logits30-offset100", 71, "large logits far out", partial(_problem, logit=30.0, offset=_OFFSET)),
    Family("P6-one-key-offset100", 72, "one key, far out", partial(_problem, n_left=1, offset=_OFFSET)),
    Family(
        "P6-equal-keys-offset100",
        73,
        "equal keys far out: all logits are equal",
        partial(_problem, n_distinct=1, offset=_OFFSET),
    ),
    Family(
        "P6-long-offset100", 74, "the mean of 4096 keys far out", partial(_problem, shape=(3, 4096, 16), offset=_OFFSET)
    ),
    Family("P6-long-logits30", 75, "large logits among 4096 keys", partial(_problem, shape=(3, 4096, 16), logit=30.0)),
    Family(
        "P6-causal-logits30",
        76,
        "running stabilisers: later keys are larger than what a query sees",
        partial(_problem, shape=(16, 16, 8), logit=30.0, n_left=11, causal=True, rising=True),
    ),
    Family(
        "P6-causal-offset100",
        77,
        "causal keys that are not centred",
        partial(_problem, shape=(16, 16, 8), offset=_OFFSET, causal=True),
    ),
)
