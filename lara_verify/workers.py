"""Running pure tasks over one-thread worker processes: for suite, candidates and study shards alike."""

import os
import shutil
import signal
import tempfile
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import numpy as np
import psutil

Task = TypeVar("Task")
Result = TypeVar("Result")

ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}
"""Environment of a worker: one BLAS and OpenMP thread, so that a sum does not depend on how many cores there are."""


KEPT = 30 * 2**20
"""Bytes of the largest blocks of memory that a worker keeps when they are freed."""


SCRATCH = "LARA_VERIFY_SCRATCH"
"""Environment variable of whatever works for a run: the folder for files that are not to stay behind.

It also tells whose a process is that has left its family, as a daemon does: a folder inside another is of the same run.
"""

SCRATCH_NAME = "lara-verify-"
"""How the names of such folders begin."""

LIFE_SIGN = 0.5
"""Seconds between looks at whether the parent is still there."""


def default_workers() -> int:
    """As many as this process may use cores."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def scratch_folder() -> str:
    """Make a folder, inside that of the run where there is one; whoever asked for it removes it."""
    within = os.environ.get(SCRATCH)
    if within:
        Path(within).mkdir(mode=0o700, exist_ok=True)
    return tempfile.mkdtemp(prefix=SCRATCH_NAME, dir=within)


def family_of(pid: int, scratch: str | None = None) -> list[psutil.Process]:
    """A process with all its descendants that run, those of its session, and those that have the folder ``scratch``.

    This process is never among them; ``pid`` 0 is none. One that has ended and waits to be collected by a parent that
    has ended too counts as gone.
    """
    found = [process for process in psutil.process_iter() if process.pid not in (0, os.getpid())]
    try:
        below = {child.pid for child in psutil.Process(pid).children(recursive=True)} if pid else set()
    except psutil.NoSuchProcess:
        below = set()
    below.add(pid)
    return [p for p in found if (p.pid in below or _of_session(p, pid) or _has(p, scratch)) and _runs(p)]


def end_tree(pid: int, scratch: str | None = None) -> None:
    """Kill the family of a process, see `family_of`, and wait until none of it runs."""
    until = time.monotonic() + 5
    while (left := family_of(pid, scratch)) and time.monotonic() < until:
        for process in left:
            try:
                process.kill()
            except psutil.Error:
                continue
        time.sleep(0.01)


def end_with(parent: int, scratch: str) -> None:
    """Watch, in a thread, whether ``parent`` is still there; if not, end this process, its family and its folder."""
    getppid, sleep = os.getppid, time.sleep  # whatever a stranger puts in their place

    def watch() -> None:
        while getppid() == parent:
            sleep(LIFE_SIGN)
        end_tree(os.getpid(), scratch)
        shutil.rmtree(scratch, ignore_errors=True)
        if Path(scratch).parent.name.startswith(SCRATCH_NAME):  # that of the run, whose owner may be gone too
            with suppress(OSError):
                Path(scratch).parent.rmdir()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _of_session(process: psutil.Process, leader: int) -> bool:
    try:
        return leader > 0 and hasattr(os, "getsid") and os.getsid(process.pid) == leader
    except OSError:
        return False


def _has(process: psutil.Process, scratch: str | None) -> bool:
    if scratch is None:
        return False
    try:
        theirs = str(process.environ().get(SCRATCH, ""))
    except (psutil.Error, OSError):
        return False
    return theirs == scratch or theirs.startswith(scratch + os.sep)


def run_all(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    n_workers: int,
    seconds_left: Callable[[], float | None] = lambda: None,
) -> Iterator[tuple[Task, Result | BaseException]]:
    """Run ``function`` on every task in worker processes and yield each task with its result as they finish.

    A task that raises is yielded with its exception. A worker that dies takes all tasks under way with it: they are run
    again, fewer at a time, until one dies alone; that one is yielded with `BrokenProcessPool`. Ends early, without the
    rest, when ``seconds_left()`` is no longer positive (None: no limit). However it ends, no process stays behind.
    """
    pending = deque(tasks)
    window = max(1, n_workers)
    while pending:
        with _pool(min(window, len(pending))) as pool:
            under_way: dict[Future[Result], Task] = {}
            broken: list[Task] = []
            while (pending or under_way) and not broken:
                try:
                    while pending and len(under_way) < window:
                        under_way[pool.submit(function, pending[0])] = pending[0]
                        pending.popleft()
                except BrokenProcessPool:  # a worker died while a result was being handed on
                    if not under_way:
                        break
                left = seconds_left()
                if left is not None and left <= 0:
                    return
                done, _ = wait(under_way, timeout=left, return_when=FIRST_COMPLETED)
                for future in done:
                    task, error = under_way.pop(future), future.exception()
                    if isinstance(error, BrokenProcessPool):
                        broken.append(task)
                    else:
                        yield task, (future.result() if error is None else error)
            broken.extend(under_way.values())
        if len(broken) == 1:
            yield broken[0], BrokenProcessPool("the worker process died")
        else:
            pending.extendleft(reversed(broken))
            window = max(1, window // 2)


@contextmanager
def _pool(n_workers: int) -> Iterator[Any]:
    """An executor; whatever ends the block also ends its processes and their descendants, at once."""
    from loky import ProcessPoolExecutor

    # a worker that imports torch grows, which loky takes for a leak and mends by a fresh one; nothing to warn of
    warnings.filterwarnings("ignore", message="A worker (stopped|was restarted)", category=UserWarning)
    scratch = str(Path(tempfile.gettempdir()) / f"{SCRATCH_NAME}{uuid4().hex}")  # made when it is first needed
    environment = {**ONE_THREAD, SCRATCH: scratch}
    executor = ProcessPoolExecutor(
        max_workers=n_workers, env=environment, initializer=_begin, initargs=(os.getpid(), scratch)
    )
    try:
        yield executor
    finally:
        for pid in list(executor._processes or ()):
            end_tree(pid)
        end_tree(0, scratch)  # what has left its family, also that of a worker that died
        executor.shutdown(wait=True, kill_workers=True)
        shutil.rmtree(scratch, ignore_errors=True)


def _begin(parent: int, scratch: str) -> None:
    """Leave the terminal's interrupt to the parent, end with it, and keep memory that is freed.

    glibc returns large blocks to the system when they are freed, and every page has to be faulted in again for the next
    one, until it has seen a block of up to 32 MiB freed: from then on it keeps blocks of that size. Nothing is touched.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent, scratch)
    np.empty(KEPT, dtype=np.uint8)
