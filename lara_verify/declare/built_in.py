"""The cases of ``run``: the built-in estimators, references and torch twins.

What a profile leaves out: *quick* (tolerance 1 % of the range, a minute on two cores) leaves to *default* the means
of rfa at d = 64 and at 4 samples, the rate of its bias on P3 and beyond d = 2, the variance of ra beyond d = 2 and on
P1, and all but four of the comparisons of lara with rfa. *full* declares what *default* does, to a third of its
tolerance. Claims in units of their own (rates, ratios of errors) do not depend on the tolerance; they are declared
for float32 and float64 alone, since half precision rounds by more than they are certified to.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

from lara_estimators import ClaimName, reference
from lara_verify.declare.problems import (
    ACTIVATIONS,
    FEW_SAMPLES_SHARE,
    LARA_DOES_NOT_WIN,
    LARA_PROPOSALS,
    LARA_WINS,
    LOW_SPAN,
    SYNTHETIC,
    ErrorRatio,
)
from lara_verify.plan import TOLERANCES, Case
from lara_verify.sources import BuiltIn


class Member(NamedTuple):
    """A built-in estimator with its options, the problems it is looked at on, and those on which its mean is judged."""

    name: str
    options: tuple[tuple[str, Any], ...] = ()
    seen: tuple[str, ...] = SYNTHETIC
    means: tuple[str, ...] = ()

    def made(self, room: Any) -> Any:
        """The estimator as ``room`` (the references, or the torch twins) writes it."""
        return getattr(room, self.name)(**dict(self.options))


def _member(name: str, seen: tuple[str, ...], means: tuple[str, ...] = (), **options: Any) -> Member:
    return Member(name, tuple(options.items()), seen, means)


_MEANS = (*SYNTHETIC, *ACTIVATIONS)

ROSTER = (
    _member("Softmax", _MEANS, _MEANS),
    _member("RA", _MEANS, _MEANS, n_samples=16),
    _member("RA", ("P1",), ("P1",), n_samples=1),
    _member("RFA", (*LOW_SPAN, "P3"), n_samples=16),
    _member("Importance", ("P3",), ("P3",), n_samples=16),
    _member("Index", (*SYNTHETIC, ACTIVATIONS[0]), (*SYNTHETIC, ACTIVATIONS[0]), n_samples=16),
    _member("MeanValue", (*SYNTHETIC, ACTIVATIONS[0]), (*SYNTHETIC, ACTIVATIONS[0])),
    _member("StratifiedRA", SYNTHETIC, SYNTHETIC, n_samples=16, n_chunks=4),
    *(
        _member("RFA", ("P1",), n_samples=16, sampling=sampling)
        for sampling in ("antithetic", "orthogonal", "simplex", "quasi-monte-carlo")
    ),
    *(_member("RFA", ("P1",), n_samples=16, proposal=proposal) for proposal in ("isotropic", "diagonal")),
    _member("TrigonometricRFA", ("P1",), n_samples=16),
    *(
        _member("LARA", ("P1", ACTIVATIONS[0]), n_samples=16, n_proposals=LARA_PROPOSALS, weighting=weighting)
        for weighting in ("balance", "uniform", "query", "query-clamped")
    ),
    *(
        _member("LARA", ("P1",), n_samples=16, n_proposals=LARA_PROPOSALS, weighting=weighting, proposals=proposals)
        for weighting, proposals in (("affinity", "mixed"), ("affinity-biased", "value-mixed"))
    ),
    _member("LARA", ("P1",), n_samples=16, n_proposals=LARA_PROPOSALS, sampling="antithetic"),
    _member("LARA", ("P1",), n_samples=LARA_PROPOSALS, n_proposals=LARA_PROPOSALS, sampling="deterministic"),
    *(_member("KeySampling", ("P1",), n_samples=8, proposal=proposal) for proposal in ("uniform", "value-norm")),
    *(_member("PoissonSampling", ("P1",), n_samples=8, size=size) for size in ("uniform", "collision")),
    _member("ExactPlusTail", ("P1",), n_samples=2, n_exact=2),
)
"""What ``run`` judges, for the references and for the torch twins alike."""

CERTAIN_ON = {
    ClaimName.NO_LEAK: "P5",
    ClaimName.SEED_HONOURED: "P5",
    ClaimName.SYMMETRY: "grid",
    ClaimName.LIMIT: "P1",
}
"""Claims that are judged once, on the problem that shows most."""

FINE = ("float32", "float64")

QUICK_COMPARISONS = (LARA_WINS[0], LARA_WINS[4], LARA_WINS[5], LARA_DOES_NOT_WIN[1])


class _Room(NamedTuple):
    """The references, or the torch twins on a device."""

    module: Any
    role: str = "reference"
    dtype: str = "float64"
    device: str = "cpu"

    def source(self, algorithm: Any) -> BuiltIn:
        return BuiltIn(self.role, algorithm, self.dtype, self.device)


def has_torch() -> bool:
    """Whether torch is installed, without importing it."""
    return find_spec("torch") is not None


def built_in(profile: str, device: str = "cpu", dtype: str = "float32") -> tuple[Case, ...]:
    """Declare the cases of the built-in estimators: references, and torch twins where torch is installed."""
    rooms = [_Room(reference)]
    if has_torch():
        from lara_estimators import torch as twins

        rooms.append(_Room(twins, "torch", dtype, device))
    share = TOLERANCES[profile]
    cases: list[Case] = []
    for room in rooms:
        for member in ROSTER:
            cases += _of_member(member, room.source(member.made(room.module)), share)
        cases += _means_of_rfa(room, profile)
        if room.dtype in FINE:
            cases += _rates(room, profile)
            cases += _comparisons(room, profile)
    for room in rooms[1:]:
        cases += _twins(room, share)
    return tuple(cases)


def _of_member(member: Member, source: BuiltIn, share: float) -> Iterator[Case]:
    held = {claim.name for claim in source.algorithm.claims}
    draws = source.estimator not in ("softmax", "mean_value") and "deterministic" not in source.estimator
    own = FEW_SAMPLES_SHARE * share if draws and source.n_samples == 1 else share
    if ClaimName.BOUNDED in held:
        for problem in member.seen:
            yield Case(source, ClaimName.BOUNDED, problem, own)
    mean = ClaimName.UNBIASED if ClaimName.UNBIASED in held else ClaimName.MEAN_AT_N_SAMPLES
    for problem in member.means:
        yield Case(source, mean, problem, own)
    for claim, problem in CERTAIN_ON.items():
        if claim in held or (claim is ClaimName.SEED_HONOURED and draws):
            yield Case(source, claim, problem, own)


def _means_of_rfa(room: _Room, profile: str) -> Iterator[Case]:
    """B1: against the Laplace oracle where inputs have a low span, else torch against the reference."""
    quick, share = profile == "quick", TOLERANCES[profile]
    for n_samples in (1, 16, 64) if quick else (1, 4, 16, 64):
        source = room.source(room.module.RFA(n_samples=n_samples))
        for problem in LOW_SPAN[:2] if quick else LOW_SPAN:
            yield Case(source, ClaimName.MEAN_AT_N_SAMPLES, problem, share)
        if room.role != "reference" and (n_samples == 16 or not quick):
            rival = BuiltIn("reference", reference.RFA(n_samples=n_samples))
            yield Case(source, ClaimName.MEAN_AT_N_SAMPLES, "P3", share, rival=rival)
    for options in ({"sampling": "antithetic"}, {"proposal": "isotropic"}, {"proposal": "diagonal"}):
        source = room.source(room.module.RFA(n_samples=4, **options))
        yield Case(source, ClaimName.MEAN_AT_N_SAMPLES, LOW_SPAN[0], share)


def _rates(room: _Room, profile: str) -> Iterator[Case]:
    """B2 and V2; in float32 the rate of the bias only where its tolerance is four times what rounding may do."""
    quick, share = profile == "quick", TOLERANCES[profile]
    if quick:
        biases: tuple[str, ...] = LOW_SPAN[:1]
    else:
        biases = LOW_SPAN[:2] if room.dtype == "float32" else (*LOW_SPAN, "P3")
    for problem in biases:
        yield Case(room.source(room.module.RFA(n_samples=64)), ClaimName.BIAS_RATE, problem, share)
    for problem in LOW_SPAN[:1] if quick else LOW_SPAN:
        yield Case(room.source(room.module.RA(n_samples=4)), ClaimName.VARIANCE_RATE, problem, share)
    yield Case(room.source(room.module.Index(n_samples=16)), ClaimName.VARIANCE_RATE, "P1", share)
    if not quick:
        one = BuiltIn("reference", reference.RA(n_samples=1))
        yield Case(room.source(room.module.RA(n_samples=16)), ClaimName.VARIANCE_RATE, "P1", share, rival=one)


def _comparisons(room: _Room, profile: str) -> Iterator[Case]:
    """V1: lara with the balance heuristic against rfa, at as many samples a query."""
    named: tuple[ErrorRatio, ...] = QUICK_COMPARISONS if profile == "quick" else (*LARA_WINS, *LARA_DOES_NOT_WIN)
    if room.role != "reference":
        named = named[:1]  # the twins are tied to the references by the same noise: one problem shows the road
    for problem, n_samples, ratio, _ in named:
        source = room.source(room.module.LARA(n_samples=n_samples, n_proposals=LARA_PROPOSALS))
        rival = BuiltIn("reference", reference.RFA(n_samples=n_samples))
        yield Case(source, ClaimName.MSE_BELOW, problem, TOLERANCES[profile], rival=rival, ratio=ratio)


def _twins(room: _Room, share: float) -> Iterator[Case]:
    """Torch against the references on the same noise, in single and in double precision."""
    for member in ROSTER:
        for precision in FINE:
            noise_of = member.made(reference)
            twin = BuiltIn(room.role, member.made(room.module), precision, room.device, noise_of=noise_of)
            for problem in (*member.seen, "P5"):
                yield Case(twin, ClaimName.CROSS_CHECK, problem, share)
