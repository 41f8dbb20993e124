"""Randomized attention that returns tensors."""

import numpy as np
import torch  # noqa: TID253
from right import ra


def tensor(q, k, v, *, n_samples, seed):
    return torch.tensor(ra(q, k, v, n_samples=n_samples, seed=seed))


def with_gradient(q, k, v, *, n_samples, seed):
    """An output that requires gradients, as a module's does."""
    return torch.nn.Parameter(torch.ones(())) * tensor(q, k, v, n_samples=n_samples, seed=seed)


def half(q, k, v, *, n_samples, seed):
    """bfloat16, which NumPy does not know."""
    return tensor(q, k, v, n_samples=n_samples, seed=seed).to(torch.bfloat16)


def single(q, k, v, *, n_samples, seed):
    return tensor(*(a.astype(np.float32) for a in (q, k, v)), n_samples=n_samples, seed=seed).float()


def complexes(q, k, v, *, n_samples, seed):
    return tensor(q, k, v, n_samples=n_samples, seed=seed).to(torch.complex128)
