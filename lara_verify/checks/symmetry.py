"""`symmetry`: exact symmetries on fixed noise (claim I1)."""

import numpy as np

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Evidence, Plan, Setting
from lara_verify.checks.observation import Observation
from lara_verify.checks.values import output_name
from lara_verify.oracles.rounding import rounding_bound
from lara_verify.problems import make_problem
from lara_verify.problems.moves import MapValues, Move, PermuteKeys, PermuteQueries, ShiftKeys
from lara_verify.sources import Block, BuiltIn, Moved, Source
from lara_verify.sources.moved import on_host

EVERY = frozenset({ShiftKeys, PermuteKeys, PermuteQueries, MapValues})

SYMMETRIES: dict[str, frozenset[type]] = {
    "softmax": EVERY,
    "mean_value": EVERY,
    "ra": EVERY,
    "stratified_ra": frozenset({ShiftKeys, MapValues}),
    "index": EVERY - {ShiftKeys},
    "rfa": EVERY - {ShiftKeys},
    "importance": EVERY - {ShiftKeys},
    "lara": frozenset({ShiftKeys, MapValues}),
    "keys": EVERY,
    "poisson": EVERY,
    "exact_plus_tail": EVERY - {PermuteKeys},
}
"""Which moves each kind of estimator follows."""

LOST: dict[str, frozenset[type]] = {
    "mixed": frozenset({ShiftKeys}),
    "value-mixed": frozenset({ShiftKeys}),
    "collision": frozenset({ShiftKeys}),
    "given": EVERY - {MapValues},
}
"""Which of them it does not follow with an option; what is given would have to be moved along."""

LINEAR = frozenset({"importance", "value-norm", "value-mixed"})
"""Kinds and options whose values are mapped without an offset: their weights do not sum to one, or read the values."""

OF_MAPPING = 4 * float(np.finfo(np.float64).eps)
"""Relative rounding of what is expected: a product and a sum in float64."""


class Symmetry:
    """Null: problem and noise moved together move the output as the symmetry says, up to the rounding of both; exact.

    Moves: a common shift of all keys (softmax, ra, lara; not the features of rfa, drawn where the keys were), keys
    with values and drawn indices permuted (all but those that read segments of neighbours), queries permuted with
    their draws, affine maps of the values (all whose weights sum to one; linear ones of importance). The tolerance is
    the sum of the derived rounding bounds of the two outputs. For built-ins: their noise is explicit and moves along.
    """

    claim = ClaimName.SYMMETRY

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        if not isinstance(source, BuiltIn):
            raise TypeError(f"{source.name} has no explicit noise to be moved along with the problem")
        moved = (Arm(Moved(source, move), problem) for move in moves_of(source.estimator, problem))
        return (Arm(source, problem), *moved)

    def plan(self, setting: Setting) -> Plan:
        return Plan(64)

    def statistic(self, setting: Setting) -> "_Moves":
        return _Moves(setting, moves_of(setting.source.estimator, setting.problem_name))


def moves_of(estimator: str, problem: str) -> tuple[Move, ...]:
    """The moves that an estimator follows, on a problem."""
    kind, _, rest = estimator.removesuffix("]").partition("[")
    if kind not in SYMMETRIES:
        raise ValueError(f"no symmetries of {estimator!r} are known; expected one of {', '.join(SYMMETRIES)}")
    made = make_problem(problem)
    options = set(rest.split(","))
    mapped = MapValues(offset=0.0) if {kind, *options} & LINEAR else MapValues()
    every: tuple[Move, ...] = (ShiftKeys(), PermuteKeys(made.n_keys), PermuteQueries(made.n_queries), mapped)
    followed = SYMMETRIES[kind].difference(*(LOST.get(option, frozenset()) for option in options))
    return tuple(move for move in every if type(move) in followed)


class _Moves(Observation):
    def __init__(self, setting: Setting, moves: tuple[Move, ...]) -> None:
        super().__init__(f"the output followed, within rounding, when {'; '.join(move.name for move in moves)}")
        self._setting, self._moves = setting, moves
        self._largest = 0.0

    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        here, *others = blocks
        problem, source = self._setting.problem, self._setting.source
        estimator = getattr(source, "algorithm", source.estimator)
        bound = rounding_bound(problem, estimator, on_host(here.noise), here.dtype)
        for move, there in zip(self._moves, others, strict=True):
            expected = move.value(here.value)
            allowed = move.error(np.broadcast_to(bound, here.value.shape)) + OF_MAPPING * np.abs(expected)
            allowed = allowed + rounding_bound(move.problem(problem), estimator, there.noise, there.dtype)
            ratio = np.abs(there.value - expected) / allowed
            self._largest = max(self._largest, float(ratio.max()))
            if ratio.max() > 1:
                at = np.unravel_index(np.argmax(ratio), ratio.shape)
                return (
                    f"{output_name(at[1:])} on {self._setting.problem_name} is {there.value[at]:.9g} when {move.name}; "
                    f"expected {expected[at]:.9g}: {ratio.max():.3g} times what rounding explains"
                )
        return None

    def evidence(self, alpha: float, beta: float) -> Evidence:
        plain = super().evidence(alpha, beta)
        return Evidence(plain.sentences, figures={"largest_share_of_bound": self._largest})
