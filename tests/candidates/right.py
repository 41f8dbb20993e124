"""Randomized attention as strangers write it: right, each in a way of its own."""

import sys

import numpy as np

calls = 0


def parts(q, k):
    """Scaled queries and keys, and the cumulated probabilities of the keys."""
    x, y = q / q.shape[1] ** 0.25, k / k.shape[1] ** 0.25
    logits = x @ y.T
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    cumulated = weights.cumsum(axis=1)
    return x, y, cumulated / cumulated[:, -1:]


def averaged(w, y, v):
    """Mean over draws of the values weighted by exp(w . y - |y|^2 / 2); one stabiliser for all."""
    exponent = w @ y.T - 0.5 * np.einsum("md,md->m", y, y)
    kernel = np.exp(exponent - exponent.max())
    return (kernel / kernel.sum(axis=-1, keepdims=True)).mean(axis=1) @ v


def ra(q, k, v, *, n_samples, seed):
    """Uniforms and normals are shared by all queries: every query's law is right, and queries depend on each other."""
    rng = np.random.default_rng(seed)
    x, y, cumulated = parts(q, k)
    component = (rng.random(n_samples)[:, None] > cumulated[:, None, :-1]).sum(axis=-1)
    return averaged(x[:, None] + y[component] + rng.standard_normal((n_samples, q.shape[1])), y, v)


def masked(q, k, v, *, n_samples, seed, key_mask):
    """Takes a mask and has no default for it."""
    return ra(
        q,
        k if key_mask is None else k[key_mask],
        v if key_mask is None else v[key_mask],
        n_samples=n_samples,
        seed=seed,
    )


def leaky(q, k, v, *, n_samples, seed, key_mask=None):
    """Masks the values and forgets the keys."""
    return ra(q, k, v if key_mask is None else np.where(key_mask[:, None], v, 0), n_samples=n_samples, seed=seed)


def chatty(q, k, v, *, n_samples, seed):
    """Writes to every stream there is."""
    print("CHATTER of the candidate")
    print("CHATTER of the candidate", file=sys.stderr)
    sys.stdout.flush()
    return ra(q, k, v, n_samples=n_samples, seed=seed)


def single(q, k, v, *, n_samples, seed):
    """Computes in float32 and returns it."""
    return ra(*(a.astype(np.float32) for a in (q, k, v)), n_samples=n_samples, seed=seed).astype(np.float32)


def single_inside(q, k, v, *, n_samples, seed):
    """Computes in float32 and returns float64."""
    return single(q, k, v, n_samples=n_samples, seed=seed).astype(np.float64)


def late_nan(q, k, v, *, n_samples, seed):
    """Right for its first 150 calls."""
    global calls
    calls += 1
    return ra(q, k, v, n_samples=n_samples, seed=seed) * (np.nan if calls > 150 else 1)
