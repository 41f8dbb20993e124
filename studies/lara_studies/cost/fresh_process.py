"""A fresh process in which threads are set before torch is imported, as they can be set no later.

A waiting OpenMP thread must not spin: where cores are shared it takes them from those that work, and times become those
of the scheduler. ``OMP_WAIT_POLICY`` is read once, when the library is loaded.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from lara_studies.cost.setting import Measured, Setting

MODULE = "lara_studies.cost.measuring"


class MeasuringError(Exception):
    """The process that measures ended without a result; the message is what it said last."""


def environment(n_threads: int) -> dict[str, str]:
    """The variables of this process, with those that set threads; torch's profiler says nothing of its own."""
    threads = dict.fromkeys(
        ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), str(n_threads)
    )
    return {**os.environ, **threads, "OMP_WAIT_POLICY": "PASSIVE", "KINETO_LOG_LEVEL": "99"}


def measured(part: str, setting: Setting) -> Measured:
    """Measure one part, ``sequences`` or ``monte_carlo``, in a process of its own.

    Raises
    ------
    MeasuringError
        If that process failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "measured.json"
        command = [sys.executable, "-m", MODULE, part, str(answer)]
        done = subprocess.run(
            command, input=msgspec.json.encode(setting), env=environment(setting.n_threads), check=False
        )
        if done.returncode:
            raise MeasuringError(f"the process that measures {part} ended with code {done.returncode}")
        return msgspec.json.decode(answer.read_bytes(), type=Measured)
