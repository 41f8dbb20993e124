"""P6-small, P6-oblong, P5-padded, P5-oblong: small unbatched problems with every size different, two of them padded.

N, M, d and e all differ, so that confused axes give a wrong shape or an error. In the padded ones the last keys are
masked, as padding does, without batch dimensions, for implementations that take a mask and no batch. The oblong
ones have queries and keys enough for the proposals of LARA.
"""

from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Family, from_scaled, with_norms

_DIM, _VALUE_DIM, _N_PADDED = 5, 4, 3


def _problem(n_queries: int, n_keys: int, n_padded: int, rng: np.random.Generator) -> Problem:
    n_all = n_keys + n_padded
    x = with_norms(rng, n_queries, _DIM, 0.5, 1.5)
    y = with_norms(rng, n_all, _DIM, 0.5, 1.5)
    v = rng.uniform(-1.0, 1.0, (n_all, _VALUE_DIM))
    v[:, -1] = 1.0
    return from_scaled(x, y, v, key_mask=np.arange(n_all) < n_keys if n_padded else None)


FAMILIES = (
    Family("P6-small", 60, "confused axes: every size is different", partial(_problem, 3, 7, 0)),
    Family("P6-oblong", 61, "confused axes, with keys enough for proposals", partial(_problem, 12, 17, 0)),
    Family(
        "P5-padded", 51, "masks that reach the output, without batch dimensions", partial(_problem, 3, 7, _N_PADDED)
    ),
    Family("P5-oblong", 52, "the same, with keys enough for proposals", partial(_problem, 12, 17, _N_PADDED)),
)
