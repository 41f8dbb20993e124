"""P5: batch and heads, a key mask that differs from item to item, and N != M.

What it reveals: masks applied to the logits but not to the normaliser, the stabiliser or the landmarks; a mask
broadcast along the wrong axis; keys and queries confused where their numbers happen to be equal; noise or normalisers
that mix batch items. Each of the 2 x 2 items masks other keys, 2 to 5 of 9, never the same set; the first item masks
a *contiguous tail*, as padding does. Values are random with a constant column.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Family, from_scaled, with_norms

_BATCH = (2, 2)
_N_QUERIES, _N_KEYS, _DIM = 5, 9, 8
_N_MASKED = (2, 3, 4, 5)


def _masked_batch(rng: np.random.Generator) -> Problem:
    n_items = len(_N_MASKED)
    x = with_norms(rng, n_items * _N_QUERIES, _DIM, 0.5, 1.5).reshape(*_BATCH, _N_QUERIES, _DIM)
    y = with_norms(rng, n_items * _N_KEYS, _DIM, 0.5, 1.5).reshape(*_BATCH, _N_KEYS, _DIM)
    v = rng.uniform(-1.0, 1.0, (*_BATCH, _N_KEYS, 4))
    v[..., -1] = 1.0
    keep = np.ones((n_items, _N_KEYS), dtype=bool)
    keep[0, _N_KEYS - _N_MASKED[0] :] = False
    for item, n_masked in enumerate(_N_MASKED[1:], start=1):
        keep[item, rng.choice(_N_KEYS, n_masked, replace=False)] = False
    return from_scaled(x, y, v, key_mask=keep.reshape(*_BATCH, _N_KEYS))


FAMILIES = (Family("P5", 5, "masks, batch items and heads that leak into one another", _masked_batch),)
