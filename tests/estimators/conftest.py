"""Problems for the estimators: small, of every shape that is allowed."""

import numpy as np
import pytest

from lara_estimators import Problem


@pytest.fixture
def make_problem():
    """Return ``make(N, M, d, e, ...)``: a problem whose arrays are representable in `dtype`."""

    def make(
        n_queries=3, n_keys=5, dim=2, value_dim=4, *, batch=(), key_batch=None, mask=None, seed=0, size=1.0, scale=None
    ):
        rng = np.random.Generator(np.random.SFC64(seed))
        key_batch = batch if key_batch is None else key_batch
        q = size * rng.standard_normal((*batch, n_queries, dim))
        k = size * rng.standard_normal((*key_batch, n_keys, dim))
        v = rng.standard_normal((*key_batch, n_keys, value_dim))
        q, k, v = (array.astype(np.float32).astype(np.float64) for array in (q, k, v))
        return Problem(q, k, v, scale, mask)

    return make
