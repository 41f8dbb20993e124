"""What the implementations are held to: shown beside what was measured, never a test of anything."""

from lara_studies.cost.monte_carlo import NUMPY, TORCH
from lara_studies.cost.setting import BACKWARD, FORWARD

RFA, LARA = "rfa", "lara[balance]"

EXPONENT = (0.95, 1.05)
"""Of time and memory in N, for rfa and lara[balance]."""

_FORWARD = {RFA: 1.2, LARA: 1.3}
_BACKWARD = {4096: 1.6, 16384: 1.8}
_MEMORY = {FORWARD: 1.15, BACKWARD: 4.5}
_MONTE_CARLO = {NUMPY: {"ra": 2.5, "rfa": 4.0, "lara": 4.0}, TORCH: {"ra": 1.5, "rfa": 2.2, "lara": 2.2}}


def time_limit(method: str, step: str, n: int) -> float | None:
    """Most multiples of the bare limit; None where nothing was set."""
    if method not in _FORWARD:
        return None
    if step == BACKWARD:
        return _BACKWARD.get(n)
    return _FORWARD[method] if n in (4096, 16384, 65536) else None


def memory_limit(method: str, step: str, n: int) -> float | None:
    """Most outputs held beyond the inputs; None where nothing was set."""
    return _MEMORY[step] if method in _FORWARD and n in (4096, 16384, 65536) else None


def exponent_limit(method: str) -> tuple[float, float] | None:
    """Between what the exponent is to lie; None where nothing was set."""
    return EXPONENT if method in _FORWARD else None


def monte_carlo_limit(method: str, step: str) -> float | None:
    """Most multiples of drawing the normals; None where nothing was set."""
    return _MONTE_CARLO.get(step, {}).get(method)
