"""A module that cannot be imported."""

import a_package_that_nobody_has


def ra(q, k, v, *, n_samples, seed):
    return a_package_that_nobody_has.ra(q, k, v, n_samples, seed)
