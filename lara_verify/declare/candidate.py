"""The cases of ``check``: a stranger's function against what it says it is."""

from typing import Any

from lara_estimators import ClaimName
from lara_verify.declare.problems import ACTIVATIONS, FEW_SAMPLES_SHARE, SYNTHETIC
from lara_verify.plan import TOLERANCES, Case
from lara_verify.sources import Candidate
from lara_verify.sources.candidate import CandidateInfo

MEANS = (*SYNTHETIC, ACTIVATIONS[0])
"""What a candidate's mean is judged on; with one sample a query, on the first alone."""


def candidate(
    target: str, info: CandidateInfo, claimed: str, profile: str, n_samples: int | None, **options: Any
) -> tuple[Case, ...]:
    """Declare the cases of a function that says it is the estimator ``claimed``.

    Its claims are judged at 16 samples to the profile's tolerance and at one to three times that, or at ``n_samples``
    alone. A small opening trial comes first; a candidate that breaks its protocol there is judged no further.
    """
    share = TOLERANCES[profile]
    pairs = ((16, share), (1, FEW_SAMPLES_SHARE * share)) if n_samples is None else ((n_samples, share),)
    first = Candidate(target, claimed, pairs[0][0], **options)
    opening = (ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.SEED_HONOURED)
    cases = [Case(first, claim, "P6-small", share, opening=True) for claim in opening]
    if "key_mask" in info.options:
        cases.append(Case(first, ClaimName.NO_LEAK, "P5-padded", share))
    for samples, tolerance in pairs:
        source = Candidate(target, claimed, samples, **options)
        for problem in MEANS if samples == pairs[0][0] else MEANS[:1]:
            for claim in (ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT, ClaimName.BOUNDED, ClaimName.UNBIASED):
                cases.append(Case(source, claim, problem, tolerance))
    return tuple(cases)
