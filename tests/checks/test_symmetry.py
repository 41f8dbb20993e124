"""`symmetry`: what must follow a move does, to the derived bound; what does not is refuted. No sampling."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from lara_estimators import ClaimName, Estimate, GivenProposal, Problem
from lara_estimators.reference import (
    LARA,
    RA,
    RFA,
    ExactPlusTail,
    Importance,
    Index,
    KeySampling,
    MeanValue,
    PoissonSampling,
    Softmax,
    StratifiedRA,
    TrigonometricRFA,
)
from lara_verify.checks import symmetry
from lara_verify.checks.symmetry import SYMMETRIES, moves_of
from lara_verify.plan import Case
from lara_verify.problems.moves import MapValues, PermuteKeys, PermuteQueries, ShiftKeys
from lara_verify.sources import BuiltIn
from lara_verify.verdict import Verdict

CLAIM = ClaimName.SYMMETRY

LARAS = [LARA(8, 4, weighting) for weighting in ("balance", "uniform", "query", "query-clamped")]
PLAIN = [Softmax(), MeanValue(), RA(3), Index(3), RFA(3), Importance(3), *LARAS]
OPTIONS = [
    StratifiedRA(6, 3),
    RFA(4, "orthogonal"),
    RFA(4, "antithetic", "isotropic"),
    RFA(4, proposal=GivenProposal(np.full(4, 0.25))),
    TrigonometricRFA(4),
    LARA(8, 4, "affinity"),
    LARA(8, 4, "affinity-biased", proposals="mixed"),
    LARA(8, 4, proposals="value-mixed"),
    LARA(4, 4, sampling="deterministic"),
    KeySampling(4),
    KeySampling(4, "value-norm"),
    PoissonSampling(4),
    PoissonSampling(4, "collision"),
    ExactPlusTail(4, 2),
]
ALL = [*PLAIN, *OPTIONS]


@pytest.mark.parametrize("algorithm", ALL, ids=lambda a: a.name)
def test_right_estimators_follow(judge, algorithm):
    result = judge(BuiltIn("reference", algorithm), CLAIM, "grid")
    assert result.verdict is Verdict.CERTIFIED
    assert 0 <= result.evidence.figures["largest_share_of_bound"] < 1
    for move in moves_of(algorithm.name, "grid"):
        assert move.name in result.message


@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("algorithm", PLAIN, ids=lambda a: a.name)
def test_twins_follow_in_every_dtype(judge, algorithm, dtype, torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    kind = getattr(twins, type(algorithm).__name__)
    options = {name: getattr(algorithm, name) for name in ("n_samples", "n_proposals") if hasattr(algorithm, name)}
    if isinstance(algorithm, LARA):
        options["weighting"] = algorithm.weighting
    source = BuiltIn("torch", kind(**options), dtype, str(torch_device))
    assert judge(source, CLAIM, "grid").verdict is Verdict.CERTIFIED


@dataclass(frozen=True)
class Broken:
    """A right estimator whose problem or output is changed, under its name."""

    algorithm: Any
    problem: Any = lambda problem: problem
    output: Any = lambda problem, value: value  # noqa: ARG005

    @property
    def name(self):
        return self.algorithm.name

    @property
    def n_samples(self):
        return getattr(self.algorithm, "n_samples", 1)

    def draw(self, problem, rng, replicates=()):
        return self.algorithm.draw(problem, rng, replicates)

    def __call__(self, problem, noise):
        value = self.algorithm(self.problem(problem), noise).value
        return Estimate(self.output(problem, value))


def first_key_counts_twice(problem):
    k = np.concatenate([problem.k[..., :1, :] * 1.001, problem.k[..., 1:, :]], axis=-2)
    return Problem(problem.q, k, problem.v, problem.scale, problem.key_mask)


def positions_added(problem):
    q = problem.q + 1e-6 * np.arange(problem.n_queries)[:, None]
    return Problem(q, problem.k, problem.v, problem.scale, problem.key_mask)


BROKEN = {
    "softmax with a place for keys": (Broken(Softmax(), problem=first_key_counts_twice), "all keys are shifted"),
    "rfa with a place for keys": (Broken(RFA(3), problem=first_key_counts_twice), "keys are permuted"),
    "ra with a place for queries": (Broken(RA(3), problem=positions_added), "queries are permuted"),
    "importance with a place for queries": (Broken(Importance(3), problem=positions_added), "queries are permuted"),
    "rfa with weights that sum to .999": (Broken(RFA(3), output=lambda _, v: 0.999 * v), "values v become"),
    "lara with an epsilon": (Broken(LARA(8, 4), output=lambda _, v: v / (1 + 1e-6)), "values v become"),
    "index, clipped": (Broken(Index(3), output=lambda _, v: np.clip(v, 0, 1)), "values v become"),
    "importance, offset": (Broken(Importance(3), output=lambda _, v: v + 1e-9), "values v become"),
    "keys with an epsilon": (Broken(KeySampling(4), output=lambda _, v: v / (1 + 1e-6)), "values v become"),
    "keys with a place": (Broken(PoissonSampling(4), problem=first_key_counts_twice), "all keys are shifted"),
    "lara that sees where keys lie": (
        Broken(LARA(8, 4), output=lambda p, v: v + 1e-9 * p.k.mean()),
        "all keys are shifted",
    ),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_ones_are_refuted(judge, broken):
    algorithm, clause = BROKEN[broken]
    result = judge(BuiltIn("broken", algorithm), CLAIM, "grid")
    assert result.verdict is Verdict.REFUTED
    assert f"when {clause}" in result.message
    assert "times what rounding explains" in result.message


@pytest.mark.parametrize(
    ("algorithm", "move"),
    [
        (RFA(3), ShiftKeys()),
        (Importance(3), ShiftKeys()),
        (Importance(3), MapValues()),
        (LARA(8, 4), PermuteKeys(9)),
        (LARA(8, 4), PermuteQueries(6)),
        (LARA(8, 4, proposals="mixed"), ShiftKeys()),
        (LARA(8, 4, proposals="value-mixed"), MapValues()),
        (KeySampling(4, "value-norm"), MapValues()),
        (PoissonSampling(4, "collision"), ShiftKeys()),
    ],
    ids=str,
)
def test_what_is_not_asked_does_not_hold(judge, algorithm, move, monkeypatch):
    """The table leaves out what theory says is no symmetry; asked all the same, the right estimator fails."""
    kind = algorithm.name.partition("[")[0]
    assert move not in moves_of(algorithm.name, "grid")
    monkeypatch.setitem(SYMMETRIES, kind, frozenset({type(move)}))
    monkeypatch.setattr(symmetry, "LOST", {})
    monkeypatch.setattr(symmetry, "LINEAR", frozenset())
    assert judge(BuiltIn("reference", algorithm), CLAIM, "grid").verdict is Verdict.REFUTED


def test_exact_symmetries_are_never_asked_of_a_black_box(scripted):
    with pytest.raises(TypeError, match="has no explicit noise"):
        _ = Case(scripted(None), CLAIM, "grid", 0.01).arms


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match="no symmetries of 'performer' are known"):
        moves_of("performer", "grid")
