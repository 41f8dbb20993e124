"""The arithmetic of a dtype: what one rounding, and a row of them, can do."""

import math
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

_DTYPES = ("float64", "float32", "float16", "bfloat16")


class Arithmetic(NamedTuple):
    """Unit roundoff and smallest normal number; for half precision also what rounding the output adds."""

    u: float
    tiny: float
    u_output: float = 0.0
    smallest_output: float = 0.0
    largest_output: float = math.inf

    def gamma(self, n: int) -> float:
        """Relative error of n roundings in a row."""
        return n * self.u / (1 - n * self.u) if n * self.u < 1 else math.inf

    def output(self, value: Array, bound: Array) -> Array:
        """Widen a bound by the rounding of the output."""
        if not self.u_output:
            return np.asarray(bound + self.tiny)
        size = np.abs(value) + bound
        rounding = np.where(size > self.largest_output, np.inf, self.u_output * size)
        return np.asarray(bound + rounding + self.smallest_output)


def arithmetic(dtype: Any) -> Arithmetic:
    """Arithmetic of a dtype, NumPy's, torch's or its name; half precision is computed in float32 inside."""
    name = str(dtype).removeprefix("torch.")
    if name not in _DTYPES:
        raise ValueError(f"dtype is {name}; expected one of {', '.join(_DTYPES)}")
    if name == "float64":
        return Arithmetic(2.0**-53, 2.0**-1022)
    if name == "float16":
        return Arithmetic(2.0**-24, 2.0**-126, 2.0**-11, 2.0**-25, 65504.0)
    return Arithmetic(2.0**-24, 2.0**-126, 2.0**-8 if name == "bfloat16" else 0.0, 2.0**-126)
