"""`bounded`: every output is a convex combination of the values."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import output_name, rounding, unmasked_values
from lara_verify.sources import Block, Source

N_DIRECTIONS = 64

CONSTANT_SLACK = 1e-4
"""How far a row of weights of a stranger's `rfa` or `lara` may sum from one: a thousandth of its errors elsewhere."""


class Bounded:
    """Refutes a source whose outputs leave the convex hull of the (unmasked) values.

    Null: every output of every replicate satisfies, up to rounding, ``min_m g . v_m <= g . output <= max_m g .
    v_m`` for the coordinate axes ``g`` (so a constant column of the values stays constant), for a basis of the
    directions in which the values do not vary at all, and for 64 fixed random directions. Each is implied by the
    hull, so one violation is a proof; weights that do not sum to one or are negative show here first.

    Of a stranger's `rfa` or `lara` only constancy is asked, to 1e-4 and rounding: signed features rightly leave the
    hull.
    """

    claim = ClaimName.BOUNDED

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        return Plan(256, follows=True)

    def statistic(self, setting: Setting) -> "_HalfSpaces | _Constants":
        signed = setting.source.estimator.startswith(("rfa", "lara"))
        stranger = setting.source.name == "candidate"
        return _Constants(setting) if signed and stranger else _HalfSpaces(setting)


class _Constants(Observation):
    """Along directions in which all values agree, the output agrees with them."""

    def __init__(self, setting: Setting) -> None:
        super().__init__("the output stayed constant where the values are (its weights sum to one)")
        values = unmasked_values(setting.problem)
        self._directions = _constant_directions(values)
        self._expected = values[..., :1, :] @ self._directions.T
        self._slack = (rounding(setting) + CONSTANT_SLACK) @ np.abs(self._directions).T

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        along = blocks[0].value @ self._directions.T
        beyond = np.abs(along - self._expected) - self._slack
        if not beyond.size or beyond.max() <= 0:
            return None
        at = np.unravel_index(np.argmax(beyond), beyond.shape)
        share = along[at] / np.broadcast_to(self._expected, along.shape)[at]
        name = output_name(at[1:-1])
        return f"{name} is {share:.6g} of what it must be where values are constant: its weights do not sum to one"


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
                every = (low + high) / 2
                return f"{name} = {value[at]:.9g} where every value is {every:.9g}; expected it to stay constant"
            return f"{name} = {value[at]:.6g} lies outside the values' range [{low:.6g}, {high:.6g}]"
        along = value @ self._directions.T
        beyond = np.maximum(along - self._along_high, self._along_low - along)
        if beyond.max() > 0:
            at = np.unravel_index(np.argmax(beyond), beyond.shape)
            name = output_name(at[1:-1])
            return f"{name} is no convex combination of the values: it leaves their hull by {beyond[at]:.3g}"
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
