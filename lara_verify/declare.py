"""The cases of a run: which claims of which sources are judged on which problems."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

from lara_estimators import ClaimName, reference
from lara_verify.plan import TOLERANCES, Case
from lara_verify.sources import BuiltIn, Candidate
from lara_verify.sources.candidate import CandidateInfo

SYNTHETIC = ("P0", "P1")

ACTIVATIONS = ("P7-l0h3", "P7-l0h8", "P7-l2h3", "P7-l2h8", "P7-l5h3", "P7-l5h8")

LOW_SPAN = ("P3L-d2", "P3L-d8", "P3L-d64")

CANDIDATE_PROBLEMS = (*SYNTHETIC, ACTIVATIONS[0])
"""What a candidate's mean is judged on; with one sample a query, on the first alone."""

FEW_SAMPLES_SHARE = 3
"""With one sample a query the tolerance is this many times the profile's: the spread of one draw is that much larger."""


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


def candidate(target: str, info: CandidateInfo, profile: str, n_samples: int | None, **options: Any) -> tuple[Case, ...]:
    """Declare the cases of a function that says it is `ra`.

    Its claims are judged at 16 samples to the profile's tolerance and at one to three times that, or at ``n_samples``
    alone. A small opening trial comes first; a candidate that breaks its protocol there is judged no further.
    """
    share = TOLERANCES[profile]
    pairs = ((16, share), (1, FEW_SAMPLES_SHARE * share)) if n_samples is None else ((n_samples, share),)
    first = Candidate(target, "ra", pairs[0][0], **options)
    opening = (ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.SEED_HONOURED)
    cases = [Case(first, claim, "P6-small", share, opening=True) for claim in opening]
    if "key_mask" in info.options:
        cases.append(Case(first, ClaimName.NO_LEAK, "P5-padded", share))
    for samples, tolerance in pairs:
        source = Candidate(target, "ra", samples, **options)
        for problem in CANDIDATE_PROBLEMS if (samples, tolerance) == pairs[0] else CANDIDATE_PROBLEMS[:1]:
            for claim in (ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED, ClaimName.UNBIASED):
                cases.append(Case(source, claim, problem, tolerance))
    return tuple(cases)
