"""How much of the machine other processes took while something was measured."""

from time import monotonic

import psutil


class Others:
    """Counts processor time from when it is made; asked later, says what share of all cores others used since."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._busy, self._own = busy_seconds(), own_seconds()

    def share(self) -> float:
        """Between 0 and 1: processor time of others over that of all cores."""
        capacity = (monotonic() - self._began) * (psutil.cpu_count() or 1)
        others = (busy_seconds() - self._busy) - (own_seconds() - self._own)
        return min(max(others / capacity, 0.0), 1.0) if capacity > 0 else 0.0


def busy_seconds() -> float:
    """Processor time that anything has used since the machine started."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    counted_twice = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    return float(sum(times) - idle - counted_twice)


def own_seconds() -> float:
    """Processor time that this process has used."""
    times = psutil.Process().cpu_times()
    return float(times.user + times.system)
