"""Right functions that leave traces around them: in their process and in others, in files, in what all share."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import numpy as np
import right

calls = 0
held = np.empty(10**5)


def once():
    """Whether this is the first call in this process."""
    global calls
    calls += 1
    return calls == 1


def ra(q, k, v, n_samples, seed):
    return right.ra(q, k, v, n_samples=n_samples, seed=seed)


def noisy(q, k, v, *, n_samples, seed):
    """A megabyte on each stream at the first call, a line at each other one, and a warning."""
    for stream in (sys.stdout, sys.stderr):
        print("NOISE\x1b[2J" * (100_000 if once() else 1), file=stream, flush=True)
    os.write(1, b"NOISE of a library in another language\n")
    warnings.warn("NOISE", stacklevel=1)
    logging.getLogger().warning("NOISE")
    return ra(q, k, v, n_samples, seed)


def closing_streams(q, k, v, *, n_samples, seed):
    if once():
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            stream.close()
        for descriptor in (0, 1, 2):
            try:
                os.close(descriptor)
            except OSError:
                continue
    return ra(q, k, v, n_samples, seed)


def wandering(q, k, v, *, n_samples, seed):
    os.chdir("/")
    return ra(q, k, v, n_samples, seed)


def of_another_environment(q, k, v, *, n_samples, seed):
    os.environ.clear()
    os.environ["OMP_NUM_THREADS"] = "64"
    sys.path.clear()
    return ra(q, k, v, n_samples, seed)


def of_global_randomness(q, k, v, *, n_samples, seed):
    """Seeds and moves every global generator."""
    random.seed(seed)
    np.random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    return ra(q, k, v, n_samples, int(np.random.randint(2**31)))


def patching_numpy(q, k, v, *, n_samples, seed):
    """Replaces functions that whoever judges it may well use."""

    def broken(*args, **kwargs):  # noqa: ARG001
        raise RuntimeError("replaced")

    output = ra(q, k, v, n_samples, seed)
    for name in ("isfinite", "isnan", "array_equal", "allclose", "stack", "errstate", "copy"):
        setattr(np, name, broken)
    time.monotonic = time.perf_counter = broken
    return output


def strict(q, k, v, *, n_samples, seed):
    """Makes every warning and every floating-point flag an error."""
    if once():
        warnings.simplefilter("error")
        np.seterr(all="raise")
    with np.errstate(all="ignore"):
        return ra(q, k, v, n_samples, seed)


def writing(q, k, v, *, n_samples, seed):
    """Writes a file into the folder that it is called in."""
    Path(f"stray-{seed}.txt").write_text("stray", encoding="utf-8")
    return ra(q, k, v, n_samples, seed)


def leaving_children(q, k, v, *, n_samples, seed):
    """Leaves processes behind: one of its own, one in a session of its own, and one whose parent has ended."""
    if once():
        sleep = [sys.executable, "-c", "import time; time.sleep(1000)"]
        subprocess.Popen(sleep)
        subprocess.Popen(sleep, start_new_session=True)
        daemon = f"import subprocess; subprocess.Popen({sleep!r}, start_new_session=True)"
        subprocess.run([sys.executable, "-c", daemon], check=True)
    return ra(q, k, v, n_samples, seed)


def leaving_threads(q, k, v, *, n_samples, seed):
    if once():
        threading.Thread(target=time.sleep, args=(1000,)).start()
    return ra(q, k, v, n_samples, seed)


def ignoring_signals(q, k, v, *, n_samples, seed):
    """Hears no request to end."""
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    return ra(q, k, v, n_samples, seed)


def forking(q, k, v, *, n_samples, seed):
    """Forks, and both copies return."""
    if once():
        os.fork()
    return ra(q, k, v, n_samples, seed)


def reusing(q, k, v, *, n_samples, seed):
    """Every call returns the same memory, seen backwards."""
    output = held[: len(q) * v.shape[1]].reshape(len(q), v.shape[1])[::-1]
    output[:] = ra(q, k, v, n_samples, seed)
    return output
