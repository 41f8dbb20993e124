"""grid: a problem on which symmetries can be asked exactly, in any floating type.

Queries, keys and values are multiples of 1/8 of size at most 2, one column of the values is constant and one key is
masked. A shift of the keys by 8 and the map ``-2 v + 3`` then need 7 significant bits: float32 and bfloat16 hold both
problems without rounding, so that outputs may differ by the rounding of the computation alone.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Family, frozen

_N_QUERIES, _N_KEYS, _DIM, _VALUE_DIM = 6, 9, 4, 3


def _grid(rng: np.random.Generator) -> Problem:
    q, k = (rng.integers(-16, 17, (n, _DIM)) / 8 for n in (_N_QUERIES, _N_KEYS))
    v = rng.integers(-8, 9, (_N_KEYS, _VALUE_DIM)) / 8
    v[:, -1] = 1.0
    return frozen(q, k, v, key_mask=np.arange(_N_KEYS) != 3)


FAMILIES = (Family("grid", 80, "broken symmetries: shifts and maps of these inputs are exact", _grid),)
