"""The far side of a candidate: loads a stranger's function in a process of its own and calls it on request."""

import os
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lara_verify.oracles.answer import float64
from lara_verify.sources import command
from lara_verify.sources.adapted import Adapted
from lara_verify.sources.adapter import Adapter
from lara_verify.sources.target import TargetError, describe, load, named_options, signature_error

Arrays = dict[str, NDArray[Any]]

HEARTBEAT = 0.5
"""Seconds between signs of life while calls return."""


class BrokenProtocolError(Exception):
    """The candidate broke its protocol; the message is one sentence."""


def serve(connection: Connection, target: str, adapter: Adapter | None) -> None:
    """Load ``target``, say how that went, then answer requests to draw until the other side closes."""
    _silence()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        caller = _caller(target, adapter)
    except TargetError as error:
        connection.send(("unloadable", str(error)))
        return
    connection.send(("loaded", caller.options, caller.wrong))
    while True:
        try:
            arrays, fixed, seeds, limit = connection.recv()
        except EOFError:
            return
        connection.send(caller.answer(connection, arrays, fixed, seeds, limit))


def _caller(target: str, adapter: Adapter | None) -> "_Function | _Command":
    if target.startswith(command.PREFIX):
        try:
            return _Command(command.words_of(target), takes_mask=adapter is not None and adapter.mask_arg == "key_mask")
        except ValueError as error:
            raise TargetError(str(error)) from None
    function = load(target)
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
        values, dtypes = [], set()
        for at in range(0, len(seeds), command.SEEDS_A_RUN):
            some = seeds[at : at + command.SEEDS_A_RUN]
            connection.send(("alive",))
            try:
                outputs = command.run(self._words, arrays, fixed["n_samples"], some, limit)
                checked = [checked(output, expected) for output in outputs]
            except (command.CommandError, BrokenProtocolError) as error:
                return ("broken", at, f"it {error} (seeds from {some[0]})")
            values += [value for value, _ in checked]
            dtypes |= {dtype for _, dtype in checked}
        stacked = np.stack(values)
        return ("drawn", stacked, narrowest(dtypes, stacked), None)


def _answer(
    connection: Connection, function: Callable[..., Any], arrays: Arrays, fixed: dict[str, Any], seeds: list[int]
) -> tuple[Any, ...]:
    values, dtypes, changed = [], set(), None
    last = time.monotonic()
    expected = (arrays["q"].shape[0], arrays["v"].shape[1])
    for call, seed in enumerate(seeds):
        given = {name: array.copy() for name, array in arrays.items()}
        q, k, v = (given.pop(name) for name in "qkv")
        try:
            output = function(q, k, v, **given, **fixed, seed=seed)
            value, dtype = checked(output, expected)
        except BrokenProtocolError as error:
            return ("broken", call, f"it {error} (seed {seed})")
        except BaseException as error:
            return ("broken", call, f"it raised {describe(error)} (seed {seed})")
        passed = {"q": q, "k": k, "v": v, **given}
        changed = changed or next((n for n, a in arrays.items() if not _same(passed[n], a)), None)
        changed = changed or getattr(function, "changed", None)
        values.append(value)
        dtypes.add(dtype)
        if time.monotonic() - last > HEARTBEAT:
            connection.send(("alive",))
            last = time.monotonic()
    stacked = np.stack(values)
    return ("drawn", stacked, narrowest(dtypes, stacked), changed)


def checked(output: Any, expected: tuple[int, ...]) -> tuple[NDArray[np.float64], str]:
    """The output in float64 and the name of the type that it came in, or a sentence about what is wrong with it."""
    if not hasattr(output, "dtype"):
        raise BrokenProtocolError(f"returned a {type(output).__name__}; expected an array of shape {expected}")
    dtype = str(output.dtype).removeprefix("torch.")
    if tuple(output.shape) != expected:
        raise BrokenProtocolError(f"returned shape {tuple(output.shape)}; expected {expected}")
    if dtype not in ("float16", "bfloat16", "float32", "float64"):
        raise BrokenProtocolError(f"returned dtype {dtype}; expected a real floating one")
    try:
        value = float64(output)
    except Exception as error:
        raise BrokenProtocolError(f"returned a {type(output).__name__} that is no array: {describe(error)}") from None
    if not np.isfinite(value).all():
        what = "NaN" if np.isnan(value).any() else "infinity"
        raise BrokenProtocolError(f"returned {what}")
    return value.copy(), dtype


def narrowest(dtypes: set[str], values: NDArray[np.float64]) -> str:
    """The coarsest type among the outputs; float64 outputs that all fit float32 were computed in float32."""
    for name in ("bfloat16", "float16", "float32"):
        if name in dtypes:
            return name
    fits = np.array_equal(values, values.astype(np.float32).astype(np.float64))
    return "float32" if fits else "float64"


def _same(a: Any, b: NDArray[Any]) -> bool:
    return a.shape == b.shape and np.array_equal(a, b)


def _silence() -> None:
    """Point standard input, output and error of this process at nothing: a candidate's chatter is not our report."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _end_with_parent() -> None:
    """End this process soon after its parent has ended, so that no candidate outlives a run."""
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(HEARTBEAT)
    os._exit(1)
