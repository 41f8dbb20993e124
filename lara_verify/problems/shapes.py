"""P6-small and P5-padded: small unbatched problems with every size different, one of them padded.

P6-small: N, M, d and e all differ, so that confused axes give a wrong shape or an error. P5-padded: the last keys are
masked, as padding does, without batch dimensions, for implementations that take a mask and no batch.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Family, from_scaled, with_norms

_N_QUERIES, _N_KEYS, _DIM, _VALUE_DIM = 3, 7, 5, 4
_N_PADDED = 3


def _small(rng: np.random.Generator) -> Problem:
    return _problem(_N_KEYS, rng)


def _padded(rng: np.random.Generator) -> Problem:
    return _problem(_N_KEYS + _N_PADDED, rng, key_mask=np.arange(_N_KEYS + _N_PADDED) < _N_KEYS)


def _problem(n_keys: int, rng: np.random.Generator, key_mask: np.ndarray | None = None) -> Problem:
    x = with_norms(rng, _N_QUERIES, _DIM, 0.5, 1.5)
    y = with_norms(rng, n_keys, _DIM, 0.5, 1.5)
    v = rng.uniform(-1.0, 1.0, (n_keys, _VALUE_DIM))
    v[:, -1] = 1.0
    return from_scaled(x, y, v, key_mask=key_mask)


FAMILIES = (
    Family("P6-small", 60, "confused axes: every size is different", _small),
    Family("P5-padded", 51, "masks that reach the output, without batch dimensions", _padded),
)
