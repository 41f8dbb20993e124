"""The options that commands share, and what they come to."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from lara_verify.outcome import Settings


class UsageError(Exception):
    """A mistake of the caller's; the message is one sentence."""


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Options:
    """Common options.

    Parameters
    ----------
    out
        Folder of the report; an earlier report there is replaced.
    quick
        Tolerance of 1 % of the values' range instead of .3 %.
    full
        Tolerance of .1 %.
    seed
        Seed of the run; same seed, same verdicts and figures.
    alpha
        Chance that the run refutes anything correct.
    beta
        Chance that the run certifies anything wrong by more than the tolerance.
    time_limit
        Seconds after which what is open ends undecided.
    workers
        Worker processes; as many as cores by default. The results do not depend on it.
    only
        Run only the cases whose id contains this, or is matched by it if it has a ``*``.
    list_cases
        List the cases, their planned replicates and what each can detect, and run nothing.
    xfail
        TOML file of the cases that are known to be refuted, with reasons; by default those that the nearest
        pyproject.toml has in ``[[tool.lara-verify.xfail]]``.
    device
        Device of the torch implementations.
    dtype
        Floating type to compute in.
    finish
        Not for the command line: what takes the outcome and its results and returns the exit code, in place of a report
        being written.
    """

    out: Path = Path("lara-verify-report")
    quick: Annotated[bool, Parameter(negative="")] = False
    full: Annotated[bool, Parameter(negative="")] = False
    seed: int = 0
    alpha: float = 1e-6
    beta: float = 1e-6
    time_limit: float | None = None
    workers: int | None = None
    only: str | None = None
    list_cases: Annotated[bool, Parameter(name="--list", negative="")] = False
    xfail: Path | None = None
    device: str = "cpu"
    dtype: str | None = None
    finish: Annotated[Callable[..., int] | None, Parameter(parse=False, show=False)] = None

    @property
    def profile(self) -> str:
        """``quick``, ``default`` or ``full``."""
        return "quick" if self.quick else "full" if self.full else "default"

    def settings(self) -> "Settings":
        """Check the values and make the settings of a run of them.

        Raises
        ------
        UsageError
            If one is out of its range.
        """
        from lara_verify.outcome import Settings

        if self.quick and self.full:
            raise UsageError("--quick and --full exclude each other; give one of them")
        for name, value in (("--alpha", self.alpha), ("--beta", self.beta)):
            if not 0 < value < 1:
                raise UsageError(f"{name} is {value:g}; expected a probability between 0 and 1")
        if self.seed < 0:
            raise UsageError(f"--seed is {self.seed}; expected a non-negative integer")
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"--workers is {self.workers}; expected at least 1")
        if self.time_limit is not None and not self.time_limit > 0:
            raise UsageError(f"--time-limit is {self.time_limit:g}; expected a positive number of seconds")
        return Settings(self.profile, self.seed, self.alpha, self.beta, self.only, self.time_limit, self.workers)

    def spelled(self) -> str:
        """The options as they would be typed, those that change no result left out."""
        defaults = Options()
        words = [f"--{self.profile}"] if self.profile != "default" else []
        for name in ("seed", "alpha", "beta", "time_limit", "xfail", "device", "dtype"):
            value = getattr(self, name)
            if value != getattr(defaults, name):
                words.append(f"--{name.replace('_', '-')} {shlex.quote(str(value))}")
        return " ".join(words)


NO_OPTIONS = Options()
"""The default of every command."""
