"""Random-feature attention as libraries write it: other axes, arguments and conventions; all of it right."""

import random

import numpy as np


def features(u, w, key):
    """Positive features, stabilised by one number for all keys, or by one a query."""
    a = u @ w.T - (u * u).sum(-1, keepdims=True) / 2
    return np.exp(a - a.max(axis=(-1, -2) if key else -1, keepdims=True))


def attend(q, k, v, w):
    fq, fk = features(q, w, False), features(k, w, True)
    return (fq @ (fk.swapaxes(-1, -2) @ v)) / (fq @ fk.sum(-2)[..., None])


def heads_last(queries, keys, values, n_features, rng):
    """Axes b n h d, logits of scale 1/sqrt(d), a NumPy generator."""
    q, k, v = (a.swapaxes(1, 2) for a in (queries, keys, values))
    w = rng.standard_normal((n_features, q.shape[-1]))
    root = q.shape[-1] ** 0.25
    return attend(q / root, k / root, v, w).swapaxes(1, 2)


class Attention:
    """Logits of scale 1, as many value columns as d, features from the global generator, a mask of what is dropped."""

    def __init__(self, dim, n_features, spread=1.0):
        self.w = spread * np.random.standard_normal((n_features, dim))

    def __call__(self, q, k, v, drop=None):
        if v.shape[-1] != q.shape[-1]:
            raise ValueError("as many columns as dimensions are needed")
        kept = np.ones(k.shape[:-1], bool) if drop is None else ~drop
        fq, fk = features(q, self.w, False), features(k, self.w, True) * kept[..., None]
        return (fq @ (fk.swapaxes(-1, -2) @ v)) / (fq @ fk.sum(-2)[..., None]), "weights"


class Redrawn(Attention):
    """Its features last until they are drawn anew."""

    def draw(self):
        self.w = np.random.standard_normal(self.w.shape)


def from_random(q, k, v):
    """Two features from Python's own global generator."""
    w = np.array([[random.gauss(0, 1) for _ in range(q.shape[1])] for _ in range(2)])
    root = q.shape[1] ** 0.25
    return attend(q / root, k / root, v, w)


def additive(q, k, v, *, n_samples, seed, bias=None):
    """A mask that is added to logits."""
    w = np.random.default_rng(seed).standard_normal((n_samples, q.shape[1]))
    root = q.shape[1] ** 0.25
    kept = 1.0 if bias is None else np.exp(bias)[:, None]
    fq, fk = features(q / root, w, False), features(k / root, w, True) * kept
    return (fq @ (fk.T @ v)) / (fq @ fk.sum(0)[:, None])


def mutating(q, k, v, *, n_samples, seed):
    q[:] = 0
    return additive(q, k, v, n_samples=n_samples, seed=seed)
