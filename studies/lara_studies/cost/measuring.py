"""``python -m lara_studies.cost.measuring PART FILE``, in the fresh process; the setting comes by standard input."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from lara_studies.cost import monte_carlo, sequences
from lara_studies.cost.setting import Setting

PARTS = {"sequences": sequences.measure, "monte_carlo": monte_carlo.measure}


def main(part: str, answer: Path) -> None:
    """Measure, and write what was measured as JSON."""
    setting = msgspec.json.decode(sys.stdin.buffer.read(), type=Setting)
    import torch

    torch.set_num_threads(setting.n_threads)
    answer.write_bytes(msgspec.json.encode(PARTS[part](setting, progress(part, setting.n_rounds))))


def progress(part: str, n_rounds: int) -> Callable[[int], None]:
    """Say in a terminal how many rounds are done, on one line; say nothing elsewhere."""
    if not sys.stderr.isatty():
        return lambda _: None
    began = time.monotonic()

    def say(done: int) -> None:
        end = "\n" if done == n_rounds else ""
        line = f"\r{part.replace('_', ' ')}: {done} of {n_rounds} rounds, {time.monotonic() - began:.0f} s"
        print(line, end=end, file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    try:
        main(sys.argv[1], Path(sys.argv[2]))
    except KeyboardInterrupt:  # told by the process that asked
        sys.exit(130)
