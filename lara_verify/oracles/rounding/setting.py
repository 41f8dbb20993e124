"""What a bound is asked about: a problem, its noise, an arithmetic, a formula."""

from typing import Any, NamedTuple

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.formula import Formula
from lara_verify.oracles.rounding.symbols import Symbols


class Setting(NamedTuple):
    """The problem as `Symbols`, the noise as its estimator documents it, the arithmetic, the formula."""

    of: Symbols
    noise: Any
    machine: Arithmetic
    formula: Formula


Pair = tuple[Array, Array]
"""A bound on the error of the value, and the value; each broadcasts to ``(*R, *B, N, e)``."""
