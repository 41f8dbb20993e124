"""Randomized attention in every form that can be called, and in some that cannot."""

import functools

from right import ra

by_lambda = lambda q, k, v, *, n_samples, seed: ra(q, k, v, n_samples=n_samples, seed=seed)  # noqa: E731
by_partial = functools.partial(ra)
generator_object = (number for number in range(3))


class Attention:
    """Called on an instance; the class itself needs a size."""

    def __init__(self, dim=None):
        self.dim = dim

    def __call__(self, q, k, v, *, n_samples, seed):
        return ra(q, k, v, n_samples=n_samples, seed=seed)

    def attend(self, q, k, v, *, n_samples, seed):
        return self(q, k, v, n_samples=n_samples, seed=seed)


by_object = Attention()
by_method = by_object.attend


def generator(q, k, v, *, n_samples, seed):
    yield ra(q, k, v, n_samples=n_samples, seed=seed)


async def coroutine(q, k, v, *, n_samples, seed):
    return ra(q, k, v, n_samples=n_samples, seed=seed)
