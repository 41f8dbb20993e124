"""Functions that are called as agreed and return something else than randomized attention."""

import numpy as np
from right import averaged, parts

generator = np.random.default_rng(0)


def drawn(q, k, v, n_samples, rng, noise=1.0, unscaled=False, uniform=False):
    """Randomized attention with one step wrong."""
    x, y, cumulated = parts(q, k)
    if unscaled:
        _, _, cumulated = parts(q * q.shape[1] ** 0.25, k * k.shape[1] ** 0.25)
    if uniform:
        cumulated = np.broadcast_to(np.linspace(1 / len(k), 1, len(k)), cumulated.shape)
    component = (rng.random((len(q), n_samples))[..., None] > cumulated[:, None, :-1]).sum(axis=-1)
    return averaged(x[:, None] + y[component] + noise * rng.standard_normal((len(q), n_samples, q.shape[1])), y, v)


def small_noise(q, k, v, *, n_samples, seed):
    return drawn(q, k, v, n_samples, np.random.default_rng(seed), noise=0.9)


def scaled_covariance(q, k, v, *, n_samples, seed):
    return drawn(q, k, v, n_samples, np.random.default_rng(seed), noise=q.shape[1] ** -0.25)


def unscaled_logits(q, k, v, *, n_samples, seed):
    return drawn(q, k, v, n_samples, np.random.default_rng(seed), unscaled=True)


def uniform_component(q, k, v, *, n_samples, seed):
    return drawn(q, k, v, n_samples, np.random.default_rng(seed), uniform=True)


def random_features(q, k, v, *, n_samples, seed):  # noqa: ARG001  # that is what is wrong with it
    """Random-feature attention with 16 draws, whatever is asked for."""
    x, y, _ = parts(q, k)
    w = np.random.default_rng(seed).standard_normal((16, q.shape[1]))
    features = [np.exp(a @ w.T - 0.5 * np.einsum("nd,nd->n", a, a)[:, None]) for a in (x, y)]
    weights = features[0] @ features[1].T
    return weights / weights.sum(axis=1, keepdims=True) @ v


def zeros(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.zeros((len(q), v.shape[1]))


def mean_of_values(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.tile(v.mean(axis=0), (len(q), 1))


def random_value(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Drawn evenly: its mean is the mean of the values, and it honours its seed."""
    return v[np.random.default_rng(seed).integers(len(v), size=len(q))]


def constant(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.full((len(q), v.shape[1]), 0.5)


def outside(q, k, v, *, n_samples, seed):
    """Weights that sum to more than one."""
    return 1.01 * drawn(q, k, v, n_samples, np.random.default_rng(seed))


def seed_ignored(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Draws from global state."""
    return drawn(q, k, v, n_samples, generator)


def frozen(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """A right draw, once and for all."""
    return drawn(q, k, v, n_samples, np.random.default_rng(3))


def mutating(q, k, v, *, n_samples, seed):
    k *= q.shape[1] ** -0.5
    return drawn(q, k * q.shape[1] ** 0.5, v, n_samples, np.random.default_rng(seed))
