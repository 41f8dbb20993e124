"""What is known of a fault: its name, cause and mend, what it breaks and what it leaves whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lara_estimators import ClaimName


@dataclass(frozen=True, slots=True)
class Parameter:
    """A fault's parameter: the value that is ``right``, the one it usually has, and a grid to tell values apart."""

    name: str
    right: float
    wrong: float
    grid: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One known way to be wrong (or, with nothing in ``breaks``, unusual but right).

    Parameters
    ----------
    name
        As in ids, ``fault:NAME``.
    cause, mend
        What went wrong, in a sentence; what to do, in a line.
    of
        Name of the estimator that it is a broken form of, with its options.
    breaks, keeps
        The claims of that estimator that it breaks, and those that it keeps.
    any_draw
        Whether its outputs are those of one draw, made who knows how: they have no law to be compared with.
    build
        From the number of samples and the parameter's value (ignored where there is none) to the broken estimator.
    """

    name: str
    cause: str
    mend: str
    of: str
    breaks: tuple[ClaimName, ...]
    keeps: tuple[ClaimName, ...]
    build: Callable[[int, float], Any]
    parameter: Parameter | None = None
    any_draw: bool = False

    def algorithm(self, n_samples: int, value: float | None = None) -> Any:
        """The broken estimator, at ``value`` of its parameter or at the usual one."""
        usual = 0.0 if self.parameter is None else self.parameter.wrong
        return self.build(n_samples, usual if value is None else value)
