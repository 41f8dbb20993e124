"""The most memory that a call holds at once, beyond what lay there before."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

EVENT = "[memory]"


def peak_bytes(run: Callable[[], Any], device: str) -> int:
    """Bytes that the call held at its height in excess of those held when it began, its result included.

    On CUDA, the allocator's own maximum. On a processor, the running total of what torch's allocator handed out and
    took back, event by event, as the profiler recorded it: exact, and independent of what else the process does.
    Scratch space that a BLAS takes for itself is not torch's and is not counted.
    """
    return _on_cuda(run, device) if device.startswith("cuda") else _on_processor(run)


def _on_cuda(run: Callable[[], Any], device: str) -> int:
    import torch

    torch.cuda.synchronize(device)
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    result = run()
    torch.cuda.synchronize(device)
    peak = torch.cuda.max_memory_allocated(device)
    del result
    return int(peak - before)


def _on_processor(run: Callable[[], Any]) -> int:
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiler:
        result = run()
    del result
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        profiler.export_chrome_trace(str(trace))
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
    changes = sorted((event["ts"], event["args"]["Bytes"]) for event in events if event.get("name") == EVENT)
    held = peak = 0
    for _, change in changes:
        held += change
        peak = max(peak, held)
    return peak
