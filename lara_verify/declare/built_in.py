"""The cases of ``run``: the built-in estimators, references and torch twins."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

from lara_estimators import ClaimName, reference
from lara_verify.declare.problems import ACTIVATIONS, FEW_SAMPLES_SHARE, LOW_SPAN, SYNTHETIC
from lara_verify.plan import TOLERANCES, Case
from lara_verify.sources import BuiltIn


class Member(NamedTuple):
    """A built-in estimator and the problems on which its mean is judged."""

    name: str
    n_samples: int | None
    claim: ClaimName
    problems: tuple[str, ...]

    def made(self, room: Any) -> Any:
        """The estimator as ``room`` (the references, or the torch twins) writes it."""
        kind = getattr(room, self.name)
        return kind() if self.n_samples is None else kind(n_samples=self.n_samples)


ROSTER = (
    Member("Softmax", None, ClaimName.UNBIASED, (*SYNTHETIC, *ACTIVATIONS)),
    Member("RA", 16, ClaimName.UNBIASED, (*SYNTHETIC, *ACTIVATIONS)),
    Member("RA", 1, ClaimName.UNBIASED, ("P1",)),
    Member("RFA", 1, ClaimName.MEAN_AT_N_SAMPLES, LOW_SPAN),
    Member("Index", 16, ClaimName.UNBIASED, (*SYNTHETIC, *ACTIVATIONS[:1])),
    Member("MeanValue", None, ClaimName.MEAN_AT_N_SAMPLES, (*SYNTHETIC, *ACTIVATIONS[:1])),
)
"""What ``run`` judges, for the references and for the torch twins alike."""


def has_torch() -> bool:
    """Whether torch is installed, without importing it."""
    return find_spec("torch") is not None


def built_in(profile: str, device: str = "cpu", dtype: str = "float32") -> tuple[Case, ...]:
    """Declare the cases of the built-in estimators: references, and torch twins where torch is installed."""
    share = TOLERANCES[profile]
    cases = [case for member in ROSTER for case in _judged(member, BuiltIn("reference", member.made(reference)), share)]
    if has_torch():
        from lara_estimators import torch as twins

        for member in ROSTER:
            twin = member.made(twins)
            cases += _judged(member, BuiltIn("torch", twin, dtype, device), share)
            for precision in ("float32", "float64"):
                same_noise = BuiltIn("torch", twin, precision, device, noise_of=member.made(reference))
                cases += [Case(same_noise, ClaimName.CROSS_CHECK, p, share) for p in (*member.problems, "P5")]
    return tuple(cases)


def _judged(member: Member, source: BuiltIn, share: float) -> Iterator[Case]:
    own = FEW_SAMPLES_SHARE * share if member.n_samples == 1 and member.claim is ClaimName.UNBIASED else share
    for problem in member.problems:
        yield Case(source, ClaimName.BOUNDED, problem, own)
        yield Case(source, member.claim, problem, own)
    yield Case(source, ClaimName.NO_LEAK, "P5", own)
    if member.n_samples is not None:
        yield Case(source, ClaimName.SEED_HONOURED, "P5", own)
