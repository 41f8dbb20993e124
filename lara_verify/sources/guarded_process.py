"""A process that serves one candidate, and the limits that it is kept within; every way to end becomes a sentence."""

import os
import shutil
import signal
import time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, NoReturn

import psutil
from loky.backend.context import get_context

from lara_verify.adapter import Adapter
from lara_verify.sources.candidate_process import HEARTBEAT, serve
from lara_verify.sources.source import SourceError
from lara_verify.sources.target import BY_VALUE, TargetError
from lara_verify.workers import SCRATCH, end_tree, family_of, scratch_folder

START_LIMIT = 120.0
"""Seconds that a process may take to start, before it imports anything of the candidate's."""

LOOK = 0.05
"""Seconds between looks at the memory and the life of the process while an answer is awaited."""

LOOKING_SHARE = 0.02
"""Share of the time that may be spent on adding up the memory of all processes that the candidate started."""

TO_END = 2.0
"""Seconds that a process may take to end, once it has closed its pipe."""

MOST_WORDS = 600
"""Characters of what a candidate's process says that are repeated."""


class Limits(NamedTuple):
    """What a candidate may take: seconds a call, seconds to be imported, MiB of memory."""

    call: float
    load: float
    memory: float


class GuardedProcess:
    """A process of its own for one candidate, in a session and, for calls, a folder of its own; see `serve`.

    Attributes
    ----------
    options
        The optional arguments that the candidate names.
    signature_error
        Why it cannot be called, as a sentence; None if it can.

    Raises
    ------
    TargetError
        If it cannot be loaded within its limits.
    """

    options: tuple[str, ...]
    signature_error: str | None

    def __init__(self, target: str, adapter: Adapter | None, limits: Limits) -> None:
        self._limits, self._scratch = limits, scratch_folder()
        self._connection: Connection
        context = get_context("loky")
        self._connection, far = context.Pipe()
        self._process = context.Process(
            target=serve,
            args=(far, target, adapter, os.getpid(), self._scratch),
            daemon=False,
            env={SCRATCH: self._scratch},
        )
        self._process.start()
        far.close()
        self._memory = _Memory(self._process.pid, self._scratch, limits.memory)
        shown = "the candidate" if target.startswith(BY_VALUE) else target
        try:
            _, before = self._receive(START_LIMIT, "its process did not start")
            self._memory.begin(before)
            limit = limits.load + HEARTBEAT
            answer = self._receive(limit, f"it hung: importing it did not end within {limits.load:g} s")
        except SourceError as error:
            self.end()
            raise TargetError(f"loading {shown} failed: {error}") from None
        except BaseException:
            self.end()
            raise
        if answer[0] == "unloadable":
            self.end()
            raise TargetError(_printable(answer[1]))
        _, self.options, wrong = answer
        self.signature_error = _printable(wrong) if wrong else None

    def call(self, arrays: dict[str, Any], fixed: dict[str, Any], seeds: list[int]) -> tuple[Any, str, str | None]:
        """Call the candidate once for each seed; return the outputs, their type, and which argument it changed.

        Raises
        ------
        SourceError
            If it breaks its protocol or a limit, or its process ends.
        """
        limit = self._limits.call
        try:
            self._connection.send((arrays, fixed, seeds, limit))
        except OSError:
            self._ended()
        hung = f"it hung: a call did not return within {limit:g} s"
        while (answer := self._receive(limit + HEARTBEAT, hung))[0] == "alive":
            pass
        if answer[0] == "broken":
            raise SourceError(_printable(answer[2]))
        _, value, dtype, changed = answer
        return value, dtype, changed

    def end(self) -> None:
        """End the process and whatever it started, and remove its folder."""
        self._connection.close()
        end_tree(self._process.pid, self._scratch)
        self._process.join()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _receive(self, limit: float, hung: str) -> tuple[Any, ...]:
        until = time.monotonic() + limit
        try:
            while not self._connection.poll(LOOK):
                if self._memory.exceeded():
                    self._cut(self._memory.sentence)
                if time.monotonic() >= until:
                    self._cut(hung)
                if self._process.exitcode is not None and not self._connection.poll(0):
                    self._ended()  # a process that it forked may still hold the pipe open
            answer: tuple[Any, ...] = self._connection.recv()
        except SourceError:
            raise
        except (EOFError, OSError):
            self._ended()
        except Exception:
            self._cut("it wrote into the pipe that its answers come by")
        if self._memory.exceeded():
            self._cut(self._memory.sentence)
        return answer

    def _cut(self, sentence: str) -> NoReturn:
        end_tree(self._process.pid, self._scratch)
        raise SourceError(sentence)

    def _ended(self) -> NoReturn:
        until = time.monotonic() + TO_END  # `join` waits for ever where a process closed its files and goes on
        while (code := self._process.exitcode) is None and time.monotonic() < until:
            time.sleep(0.01)
        if code is None:
            self._cut("it closed the pipe that its answers come by")
        if code >= 0 or os.name != "posix":
            raise SourceError(f"it ended its process with exit code {code}")
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        why = ", as the system does where memory runs out" if name == "SIGKILL" else ""
        raise SourceError(f"it ended its process by signal {name}{why}")


def _printable(text: str) -> str:
    """A stranger's words as one line that no terminal obeys, of a readable length."""
    shown = "".join(character if character.isprintable() else " " for character in text[:MOST_WORDS])
    return shown if len(text) <= MOST_WORDS else f"{shown} ..."


class _Memory:
    """Resident memory of a process and all that it started, looked at as often as is cheap."""

    def __init__(self, pid: int, scratch: str, limit: float) -> None:
        self._process, self._scratch, self._limit = psutil.Process(pid), scratch, limit
        self._most: float | None = None
        self._looked = self._added_up = self._cost = 0.0

    @property
    def sentence(self) -> str:
        return f"it took more than {self._limit:g} MiB of memory"

    def begin(self, before: int) -> None:
        """Count from what the process holds now."""
        self._most = before + self._limit * 2**20

    def exceeded(self) -> bool:
        """Whether it holds more than it may; now and then all of its processes are added up."""
        now = time.monotonic()
        if self._most is None or now - self._looked < LOOK:
            return False
        self._looked = now
        if now - self._added_up < self._cost / LOOKING_SHARE:
            return _resident(self._process) > self._most
        held = sum(map(_resident, family_of(self._process.pid, self._scratch)))
        self._added_up = time.monotonic()
        self._cost = self._added_up - now
        return held > self._most


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
