"""The options of the command, and the setting that they come to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from lara_studies.cost.setting import N_SAMPLES, QUICK, Setting


class UsageError(Exception):
    """A mistake of the caller's; the message is one sentence."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Options:
    """Options of the cost study.

    Parameters
    ----------
    out
        Folder of tables and plot; those of an earlier run there are replaced.
    quick
        Shorter sequences and fewer rounds, under a minute.
    sizes
        Lengths N, separated by commas; 1024,4096,16384,65536 by default.
    n_rounds
        Rounds, in each of which every method is timed once; 15 by default, 5 if quick.
    seed
        Seed of inputs, draws and the order within rounds.
    device
        Device of the long sequences, cpu or cuda.
    threads
        Threads of the long sequences; the Monte Carlo table is always of one.
    longest_call
        Seconds beyond which softmax and ra are not measured; 2 by default, .5 if quick.
    only
        Measure this part alone.
    """

    out: Path = Path("lara-verify-cost")
    quick: Annotated[bool, Parameter(negative="")] = False
    sizes: str | None = None
    n_rounds: int | None = None
    seed: int = 0
    device: str = "cpu"
    threads: int = 2
    longest_call: float | None = None
    only: Literal["sequences", "monte-carlo"] | None = None

    def setting(self) -> Setting:
        """Check the values and make a setting of them.

        Raises
        ------
        UsageError
            If one is out of its range.
        """
        for name, value in (("--n-rounds", self.n_rounds), ("--threads", self.threads)):
            if value is not None and value < 1:
                raise UsageError(f"{name} is {value}; expected at least 1")
        if self.seed < 0:
            raise UsageError(f"--seed is {self.seed}; expected a non-negative integer")
        if self.longest_call is not None and not self.longest_call > 0:
            raise UsageError(f"--longest-call is {self.longest_call:g}; expected a positive number of seconds")
        if self.device != "cpu" and not self.device.startswith("cuda"):
            raise UsageError(f"--device is {self.device!r}; expected cpu or cuda")
        base = QUICK if self.quick else Setting()
        return Setting(
            base.sizes if self.sizes is None else lengths(self.sizes),
            base.n_rounds if self.n_rounds is None else self.n_rounds,
            self.seed,
            self.device,
            self.threads,
            base.longest_call if self.longest_call is None else self.longest_call,
        )

    def spelled(self) -> str:
        """The command as it would be typed, without the folder."""
        words = ["python -m lara_studies.cost", *(["--quick"] if self.quick else [])]
        for name in ("sizes", "n_rounds", "seed", "device", "threads", "longest_call", "only"):
            value = getattr(self, name)
            if value != getattr(DEFAULTS, name):
                words.append(f"--{name.replace('_', '-')} {value}")
        return " ".join(words)


DEFAULTS = Options()


def lengths(text: str) -> tuple[int, ...]:
    """Read ``1024,4096``: ascending, each once.

    Raises
    ------
    UsageError
        If one is no whole number of at least 64, the number of draws and of proposals.
    """
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if not word.isdecimal() or int(word) < N_SAMPLES:
            raise UsageError(
                f"--sizes has {word!r}; expected whole numbers of at least {N_SAMPLES}, with commas between"
            )
    return tuple(sorted({int(word) for word in words}))
