"""Functions that do not do what was agreed about a call."""

import ctypes
import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import right

not_callable = 3
held = []
seeds = []


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


def single_nan(q, k, v, *, n_samples, seed):
    """NaN for one seed in a thousand."""
    return right.ra(q, k, v, n_samples=n_samples, seed=seed) * (np.nan if seed % 1000 == 7 else 1)


def rarely_raising(q, k, v, *, n_samples, seed):
    """Fails for one seed in a hundred."""
    if seed % 100 == 7:
        raise RuntimeError("one in a hundred")
    return right.ra(q, k, v, n_samples=n_samples, seed=seed)


def slow(q, k, v, *, n_samples, seed):
    """A second a call."""
    time.sleep(1)
    return right.ra(q, k, v, n_samples=n_samples, seed=seed)


def hoarding(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Takes memory without end."""
    while True:
        held.append(np.ones(2**22))


def hoarding_in_family(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """A process of its own takes memory without end."""
    grow = "held = []\nwhile True:\n    held.append(bytearray(2**25))"
    subprocess.run([sys.executable, "-c", grow], check=False)


def leaking(q, k, v, *, n_samples, seed):
    """A megabyte a call is never given back."""
    held.append(np.ones(2**17))
    return right.ra(q, k, v, n_samples=n_samples, seed=seed)


def recursing(q, k, v, *, n_samples, seed):
    return recursing(q, k, v, n_samples=n_samples, seed=seed)


def recursing_without_limit(q, k, v, *, n_samples, seed):
    sys.setrecursionlimit(2**31 - 1)
    return recursing(q, k, v, n_samples=n_samples, seed=seed)


def ending_itself(q, k, v, *, n_samples, seed):  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1000)


def ending_its_group(q, k, v, *, n_samples, seed):  # noqa: ARG001
    os.killpg(0, signal.SIGKILL)


def interrupting(q, k, v, *, n_samples, seed):  # noqa: ARG001
    signal.raise_signal(signal.SIGINT)
    time.sleep(1000)


def stopping(q, k, v, *, n_samples, seed):  # noqa: ARG001
    os.kill(os.getpid(), signal.SIGSTOP)


def closing_everything(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Closes all files, the pipe to whoever judges it among them."""
    os.closerange(3, 1000)
    time.sleep(1000)


def writing_everywhere(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Writes into all its connections, that to whoever judges it among them."""
    for descriptor in range(3, 100):
        try:
            if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                os.write(descriptor, b"\0\0\0\4oops")
        except OSError:
            continue
    return np.zeros((len(q), v.shape[1]))


def huge(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """A gigabyte."""
    return np.ones((len(q), 2**27 // len(q)))


class Unspeakable(Exception):
    """An exception that cannot be printed."""

    def __str__(self):
        raise ValueError("no words")


def raising_the_unspeakable(q, k, v, *, n_samples, seed):  # noqa: ARG001
    raise Unspeakable


def raising_for_the_terminal(q, k, v, *, n_samples, seed):  # noqa: ARG001
    raise ValueError("\x1b[2J\x1b]0;title\x07 [bold]<b>" + "x" * 10**7)


class Pretender:
    """Says that it is an array."""

    dtype, shape = "float64", (3, 4)


def pretending(q, k, v, *, n_samples, seed):  # noqa: ARG001
    return Pretender()


def view(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """The first values, as they were handed over."""
    return v[: len(q)]


def remembering(q, k, v, *, n_samples, seed):
    """Draws with the seed of the call before."""
    seeds.append(seed)
    return right.ra(q, k, v, n_samples=n_samples, seed=seeds[-2:][0])


def reading(q, k, v, *, n_samples, seed):  # noqa: ARG001
    """Reads a file that is not there."""
    return np.load("weights.npy")
