"""`bounded`: every output is a convex combination of the values."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import output_name, rounding, unmasked_values
from lara_verify.sources import Block, Source

N_DIRECTIONS = 64


class Bounded:
    """Refutes a source whose outputs leave the convex hull of the (unmasked) values.

    Null: every output of every replicate satisfies, up to rounding, ``min_m g . v_m <= g . output <= max_m g . v_m`` for the
    coordinate axes ``g`` (so a constant column of the values stays constant), for a basis of the directions in which
    the values do not vary at all, and for 64 fixed random directions. Each is implied by the hull, so one
    violation is a proof; weights that do not sum to one or are negative show here first.
    """

    claim = ClaimName.BOUNDED

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:  # noqa: ARG002
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:  # noqa: ARG002  # the same for every setting
        return Plan(256)

    def statistic(self, setting: Setting) -> "_HalfSpaces":
        return _HalfSpaces(setting)


class _HalfSpaces(Observation):
    def __init__(self, setting: Setting) -> None:
        super().__init__("every output stayed in the convex hull of the values")
        values = unmasked_values(setting.problem)
        self._slack = rounding(setting)
        self._low = values.min(axis=-2, keepdims=True) - self._slack
        self._high = values.max(axis=-2, keepdims=True) + self._slack
        self._directions = np.concatenate([_constant_directions(values), _random_directions(values.shape[-1])])
        along = values @ self._directions.T
        slack = self._slack @ np.abs(self._directions).T
        self._along_low = along.min(axis=-2, keepdims=True) - slack
        self._along_high = along.max(axis=-2, keepdims=True) + slack

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        value = blocks[0].value
        beyond = np.maximum(value - self._high, self._low - value)
        if beyond.max() > 0:
            at = np.unravel_index(np.argmax(beyond), beyond.shape)
            low, high = (np.broadcast_to(b, value.shape)[at] for b in (self._low, self._high))
            name = output_name(at[1:])
            if high - low <= 4 * self._slack[at[1:]]:
                return f"{name} = {value[at]:.9g} where every value is {(low + high) / 2:.9g}; expected it to stay constant"
            return f"{name} = {value[at]:.6g} lies outside the values' range [{low:.6g}, {high:.6g}]"
        along = value @ self._directions.T
        beyond = np.maximum(along - self._along_high, self._along_low - along)
        if beyond.max() > 0:
            at = np.unravel_index(np.argmax(beyond), beyond.shape)
            return f"{output_name(at[1:-1])} is no convex combination of the values: it leaves their hull by {beyond[at]:.3g}"
        return None


def _constant_directions(values: np.ndarray) -> np.ndarray:
    """``(K, e)``: orthonormal directions along which all values of all batch items agree, coordinates aside."""
    flat = (values - values[..., :1, :]).reshape(-1, values.shape[-1])
    _, sizes, rows = np.linalg.svd(flat, full_matrices=True)
    rank = int((sizes > 1e-12 * max(float(sizes.max(initial=0.0)), 1e-300)).sum())
    return rows[rank:]


def _random_directions(dim: int) -> np.ndarray:
    """``(64, e)``: unit vectors, the same ones every time."""
    g = np.random.default_rng(0).standard_normal((N_DIRECTIONS, dim))
    return np.asarray(g / np.linalg.norm(g, axis=1, keepdims=True))
