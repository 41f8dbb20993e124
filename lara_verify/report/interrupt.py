"""What Ctrl-C does while a command runs: end it once, and never in the middle of clearing up or writing."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def first_interrupt_only() -> Iterator[None]:
    """Let the first interrupt of the block raise `KeyboardInterrupt` and ignore those that follow, and after it too.

    What the first one sets off (ending worker processes, writing what is known, leaving) is short, and an impatient
    second one would leave processes or half a report behind, or change the exit code.
    """

    def once(signum: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.default_int_handler(signum, frame)

    with _handling(once):
        yield


@contextmanager
def no_interrupt() -> Iterator[None]:
    """Ignore interrupts during the block: for what takes less than a second and must be whole."""
    with _handling(signal.SIG_IGN):
        yield


@contextmanager
def _handling(handler: Any) -> Iterator[None]:
    """Handle interrupts so during the block; elsewhere than in the main thread nothing can be set, nor arrives."""
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGINT) is not None
    if not ours or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is handler:
            signal.signal(signal.SIGINT, before)
