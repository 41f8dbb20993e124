"""The far side of a candidate: loads a stranger's function in a process of its own and calls it on request."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psutil

# by name: a candidate that replaces functions of NumPy or of the clock replaces none of these
from numpy import asarray, empty, errstate, float32, float64, isfinite, isnan, ndarray
from numpy.typing import NDArray

from lara_verify.adapter import Adapter
from lara_verify.sources import command
from lara_verify.sources.adapted import Adapted
from lara_verify.sources.target import TargetError, describe, load, named_options, signature_error
from lara_verify.workers import end_with

Arrays = dict[str, NDArray[Any]]

HEARTBEAT = 0.5
"""Seconds between signs of life while calls return."""

LEAVE = 30.0
"""Seconds that the process stays once nobody listens, so that it does not end before it is tidied up."""


class BrokenProtocolError(Exception):
    """The candidate broke its protocol; the message is one sentence."""


def serve(connection: Connection, target: str, adapter: Adapter | None, parent: int, scratch: str) -> None:
    """Say how much memory the process holds, load ``target``, say how that went, then answer requests to draw.

    What is Python is imported in the folder that the run was started in, and called in ``scratch``; a command runs in
    the former, and the files by which it is asked are in the latter. Ends when the other side closes.
    """
    _set_apart()
    end_with(parent, scratch)
    connection.send(("started", psutil.Process().memory_info().rss))
    try:
        caller = _caller(target, adapter, scratch)
    except TargetError as error:
        connection.send(("unloadable", str(error)))
        return
    connection.send(("loaded", caller.options, caller.wrong))
    try:
        while True:
            arrays, fixed, seeds, limit = connection.recv()
            connection.send(caller.answer(connection, arrays, fixed, seeds, limit))
    except (EOFError, OSError):
        sleep(LEAVE)  # who asked ends this process, or has ended, which `end_with` sees and then tidies up


def _caller(target: str, adapter: Adapter | None, scratch: str) -> "_Function | _Command":
    if target.startswith(command.PREFIX):
        tempfile.tempdir = scratch
        try:
            return _Command(command.words_of(target), takes_mask=adapter is not None and adapter.mask_arg == "key_mask")
        except ValueError as error:
            raise TargetError(str(error)) from None
    here = Path.cwd()
    function = load(target)
    sys.path[:] = [str(here / place) for place in sys.path]
    os.chdir(scratch)
    if adapter is None:
        return _Function(function, named_options(function), signature_error(function))
    adapted = Adapted(function, adapter)
    return _Function(adapted, adapted.options, None)


class _Function:
    """A Python function, called once a seed."""

    def __init__(self, function: Callable[..., Any], options: tuple[str, ...], wrong: str | None) -> None:
        self._function, self.options, self.wrong = function, options, wrong

    def answer(
        self, connection: Connection, arrays: Arrays, fixed: dict[str, Any], seeds: list[int], limit: float
    ) -> tuple[Any, ...]:
        """Call it; the limit on a call is kept by the other side, which misses a sign of life."""
        return _answer(connection, self._function, arrays, fixed, seeds)


class _Command:
    """A command, run once for many seeds; the limit is that of a run."""

    wrong = None

    def __init__(self, words: list[str], *, takes_mask: bool) -> None:
        self._words = words
        self.options = ("key_mask",) if takes_mask else ()

    def answer(
        self, connection: Connection, arrays: Arrays, fixed: dict[str, Any], seeds: list[int], limit: float
    ) -> tuple[Any, ...]:
        """Run it as often as the seeds need."""
        expected = (arrays["q"].shape[0], arrays["v"].shape[1])
        values, dtypes = empty((len(seeds), *expected)), set()
        for start in range(0, len(seeds), command.SEEDS_A_RUN):
            some = seeds[start : start + command.SEEDS_A_RUN]
            connection.send(("alive",))
            try:
                outputs = command.run(self._words, arrays, fixed["n_samples"], some, limit)
                for at, output in enumerate(outputs, start):
                    values[at], dtype = checked(output, expected)
                    dtypes.add(dtype)
            except (command.CommandError, BrokenProtocolError) as error:
                return ("broken", start, f"it {error} (seeds from {some[0]})")
        return ("drawn", values, narrowest(dtypes, values), None)


def _answer(
    connection: Connection, function: Callable[..., Any], arrays: Arrays, fixed: dict[str, Any], seeds: list[int]
) -> tuple[Any, ...]:
    expected = (arrays["q"].shape[0], arrays["v"].shape[1])
    values, dtypes, changed = empty((len(seeds), *expected)), set(), None
    last, process = monotonic(), os.getpid()
    for call, seed in enumerate(seeds):
        given = {name: array.copy() for name, array in arrays.items()}
        q, k, v = (given.pop(name) for name in "qkv")
        try:
            output = function(q, k, v, **given, **fixed, seed=seed)
            if os.getpid() != process:
                os._exit(0)  # it forked, and this is the copy
            values[call], dtype = checked(output, expected)
        except BrokenProtocolError as error:
            return ("broken", call, f"it {error} (seed {seed})")
        except BaseException as error:
            where = "; calls are made in an empty folder" if isinstance(error, FileNotFoundError) else ""
            return ("broken", call, f"it raised {describe(error)} (seed {seed}{where})")
        passed = {"q": q, "k": k, "v": v, **given}
        changed = changed or next((n for n, a in arrays.items() if not _same(passed[n], a)), None)
        changed = changed or getattr(function, "changed", None)
        dtypes.add(dtype)
        if monotonic() - last > HEARTBEAT:
            connection.send(("alive",))
            last = monotonic()
    return ("drawn", values, narrowest(dtypes, values), changed)


def checked(output: Any, expected: tuple[int, ...]) -> tuple[NDArray[float64], str]:
    """The output in float64 and the name of the type that it came in, or a sentence about what is wrong with it."""
    kind = type(output).__name__
    if not hasattr(output, "dtype"):
        raise BrokenProtocolError(f"returned a {kind}; expected an array of shape {expected}")
    try:
        dtype, shape = str(output.dtype).removeprefix("torch."), tuple(output.shape)
        known = dtype in ("float16", "bfloat16", "float32", "float64")
        value = _in_double(output) if known and shape == expected else None
    except Exception as error:
        raise BrokenProtocolError(f"returned a {kind} that is no array: {describe(error)}") from None
    if shape != expected:
        raise BrokenProtocolError(f"returned shape {shape}; expected {expected}")
    if not known:
        raise BrokenProtocolError(f"returned dtype {dtype}; expected a real floating one")
    if not isinstance(value, ndarray) or value.shape != expected:
        raise BrokenProtocolError(f"returned a {kind} that is no array")
    if not isfinite(value).all():
        what = "NaN" if isnan(value).any() else "infinity"
        raise BrokenProtocolError(f"returned {what}")
    return value.copy(), dtype


def _in_double(output: Any) -> Any:
    if hasattr(output, "detach"):  # torch: off the tape and the device, and bfloat16 is unknown to NumPy
        output = output.detach().cpu().double()
    return asarray(output, dtype=float64)


def narrowest(dtypes: set[str], values: NDArray[float64]) -> str:
    """The coarsest type among the outputs; float64 outputs that all fit float32 were computed in float32."""
    for name in ("bfloat16", "float16", "float32"):
        if name in dtypes:
            return name
    with errstate(all="ignore"):
        fits = bool((values.astype(float32).astype(float64) == values).all())
    return "float32" if fits else "float64"


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.shape == b.shape and a.tobytes() == b.tobytes()


def _set_apart() -> None:
    """Part from whoever started this: no terminal, no streams, no core file, first to go where memory runs out."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a worker ignores it, and that is inherited
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if os.name != "posix":
        return
    import resource

    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text("1000", encoding="ascii")
