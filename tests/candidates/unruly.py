"""Functions that do not do what was agreed about a call."""

import ctypes
import os
import subprocess
import sys
import time

import numpy as np

not_callable = 3


def wrong_signature(q, k, v, samples):  # noqa: ARG001
    return np.zeros((len(q), v.shape[1]))


def wrong_shape(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.zeros((v.shape[1], len(q)))


def nan(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.full((len(q), v.shape[1]), np.nan)


def infinite(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.full((len(q), v.shape[1]), np.inf)


def raising(q, k, v, *, n_samples, seed):  # noqa: ARG001
    raise ValueError(f"cannot attend\nto {n_samples} things")


def leaving(q, k, v, *, n_samples, seed):  # noqa: ARG001
    sys.exit("enough")


def hanging(q, k, v, *, n_samples, seed):  # noqa: ARG001
    time.sleep(1000)


def hanging_with_family(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Hangs with a process of its own."""
    subprocess.run([sys.executable, "-c", "import time; time.sleep(1000)"], check=False)


def ending(q, k, v, *, n_samples, seed):  # noqa: ARG001
    os._exit(7)


def aborting(q, k, v, *, n_samples, seed):  # noqa: ARG001
    os.abort()


def crashing(q, k, v, *, n_samples, seed):  # noqa: ARG001
    ctypes.string_at(0)


def listing(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.zeros((len(q), v.shape[1])).tolist()


def nothing(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return None


def ragged(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return [[0.0], [0.0, 1.0]]


def complexes(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.zeros((len(q), v.shape[1]), dtype=complex)


def integers(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return np.zeros((len(q), v.shape[1]), dtype=int)
