"""Timing one call, on a processor by its clock and on a CUDA device by events."""

import gc
import time
from collections.abc import Callable
from typing import Any

Run = Callable[[], Any]

WINDOW, MOST_CALLS, WARM_BELOW = 0.01, 20, 0.05
"""Seconds that a visit fills with calls if they are short, how many at most, and below what a call is warmed up."""

TRIED_AGAIN_BELOW = 0.3
"""Seconds below which a first call is followed by three more, whose fastest says what to expect; else by one."""


def clock_of(device: str) -> Callable[[Run], float]:
    """What times one call on this device, in seconds."""
    return cuda_seconds if device.startswith("cuda") else seconds


def seconds(run: Run) -> float:
    """Time a call by the processor's clock; what it returned is freed after the clock was read."""
    began = time.perf_counter()
    result = run()
    ended = time.perf_counter()
    del result
    return ended - began


def cuda_seconds(run: Run) -> float:
    """Time a call by two events in the current stream, before and after the kernels that it launched."""
    import torch

    began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    began.record()
    result = run()
    ended.record()
    torch.cuda.synchronize()
    del result
    return float(began.elapsed_time(ended)) / 1000


class Visit:
    """Times a call as often as fits in `WINDOW`, at least once, and returns the fastest.

    A short call finds its caches cold after another method's: it is made once without a clock first. The garbage
    collector rests meanwhile.
    """

    def __init__(self, run: Run, clock: Callable[[Run], float]) -> None:
        self._run, self._clock = run, clock
        n_more = 3 if clock(run) < TRIED_AGAIN_BELOW else 1
        self.expected = min(clock(run) for _ in range(n_more))
        self._n_calls = max(1, min(MOST_CALLS, int(WINDOW / max(self.expected, 1e-9))))

    def __call__(self) -> float:
        """Seconds of the fastest call."""
        gc.collect(0)
        gc.disable()
        try:
            if self.expected < WARM_BELOW:
                self._run()
            return min(self._clock(self._run) for _ in range(self._n_calls))
        finally:
            gc.enable()
