"""The cases of ``check``: a stranger's function against what it says it is."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference import LARA
from lara_verify.declare.problems import ACTIVATIONS, FEW_SAMPLES_SHARE, SYNTHETIC
from lara_verify.plan import TOLERANCES, Case
from lara_verify.problems import make_problem
from lara_verify.sources import Candidate, Seeds, Source, SourceError
from lara_verify.sources.candidate import N_PROPOSALS, CandidateInfo

MEANS = (*SYNTHETIC, ACTIVATIONS[0])
"""What the mean of `ra` is judged on; with one sample a query, on the first alone."""

CONVERGENCE = {"rfa": ("varied", "axes", "opposed"), "lara": ("varied", "aligned")}
"""What convergence is judged on."""

N_SAMPLES = 1024
"""Draws at which convergence is judged, unless told otherwise."""

LOOKED_AT, LOOKED_AT_ONCE = 64, 4
"""Outputs that are looked at for signed features, and how many of them before the clock is."""

CALLS = (ClaimName.PROTOCOL, ClaimName.INPUTS_INTACT)
CONVERGES = (ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES)

SIGNED = (
    "its outputs leave the values' range at 16 samples, so its features are signed: on inputs that point apart "
    "their spread is not that of positive features, which is what errors are measured in here"
)


class UnjudgeableError(ValueError):
    """What is asked of the candidate cannot be judged; the message says what can."""


def candidate(
    target: str,
    info: CandidateInfo,
    claimed: str,
    profile: str,
    n_samples: int | None,
    time_limit: float | None = None,
    **options: Any,
) -> tuple[Case, ...]:
    """Declare the cases of a function that says it is the estimator ``claimed``: ``ra``, ``rfa``, ``lara[WEIGHTING]``.

    A small opening trial comes first; a candidate that breaks its protocol there is judged no further. Then the mean of
    `ra` is judged at 16 samples to the profile's tolerance and at one to three times that; convergence of `rfa` and
    `lara` at 1024; or either at ``n_samples`` alone. Outputs that tell what can be judged are drawn for ``time_limit``
    seconds at most.

    Raises
    ------
    UnjudgeableError
        If ``claimed`` is none of these, or a weighting that is not consistent, or ``n_samples`` is not shared evenly by
        the proposals of `lara`.
    """
    _, claimed = kind_of(claimed)
    first = Candidate(target, claimed, n_samples or default_n_samples(claimed), **options)
    told = {"takes_mask": "key_mask" in info.options, "alone": n_samples is not None}
    return cases_of(first, profile, **told, time_limit=time_limit)


def default_n_samples(claimed: str) -> int:
    """Draws a query at which a candidate is judged, unless told otherwise."""
    return 16 if kind_of(claimed)[0] == "ra" else N_SAMPLES


def cases_of(
    first: Source, profile: str, *, takes_mask: bool = True, alone: bool = False, time_limit: float | None = None
) -> tuple[Case, ...]:
    """Declare the cases of a source that says it is the estimator that it names, at its number of samples.

    Parameters
    ----------
    first
        A dataclass with a field ``n_samples``, of which it is made again at others; see `candidate`.
    takes_mask
        Whether it can be given masked keys.
    alone
        Whether it is judged at its own number of samples alone.

    Raises
    ------
    UnjudgeableError
        As `candidate` does.
    """
    kind, _ = kind_of(first.estimator)
    if kind == "lara" and first.n_samples % N_PROPOSALS:
        raise UnjudgeableError(
            f"n_samples is {first.n_samples}; expected a multiple of {N_PROPOSALS}, the number of proposals"
        )
    share = TOLERANCES[profile]
    small, padded = ("P6-oblong", "P5-oblong") if kind == "lara" else ("P6-small", "P5-padded")
    cases = [Case(first, claim, small, share, opening=True) for claim in (*CALLS, ClaimName.SEED_HONOURED)]
    no_mask = None if takes_mask else "it takes no key_mask, and neither batch nor causal are tried"
    cases += [Case(first, claim, padded, share, skip=no_mask) for claim in (ClaimName.PROTOCOL, ClaimName.NO_LEAK)]
    if kind == "ra":
        cases += _unbiased(first, MEANS, share)
        if not alone:
            cases += _unbiased(replace(first, n_samples=1), MEANS[:1], FEW_SAMPLES_SHARE * share)
    else:
        cases += _convergent(first, kind, share, time_limit)
    return tuple(cases)


def _unbiased(source: Source, problems: tuple[str, ...], share: float) -> Iterator[Case]:
    for problem in problems:
        for claim in (*CALLS, ClaimName.BOUNDED, ClaimName.UNBIASED):
            yield Case(source, claim, problem, share)


def _convergent(source: Source, kind: str, share: float, time_limit: float | None) -> Iterator[Case]:
    for problem in CONVERGENCE[kind]:
        skip = SIGNED if problem == "opposed" and _signed(source, time_limit) else None
        for claim in (*CALLS, ClaimName.BOUNDED, *CONVERGES):
            yield Case(source, claim, problem, share, skip=skip if claim in CONVERGES else None)


def kind_of(claimed: str) -> tuple[str, str]:
    """The family of estimator and its name with options; refuses what is none, see `candidate`."""
    if claimed in ("ra", "rfa"):
        return claimed, claimed
    weighting = {"lara": "balance"}.get(claimed) or claimed.removeprefix("lara[").removesuffix("]")
    if claimed in ("lara", f"lara[{weighting}]"):
        try:
            claims = [claim.name for claim in LARA(weighting=weighting).claims]
        except ValueError as error:
            raise UnjudgeableError(str(error)) from None
        if ClaimName.CONSISTENT not in claims:
            raise UnjudgeableError(f"lara[{weighting}] is not consistent, so there is no such claim to judge")
        return "lara", f"lara[{weighting}]"
    raise UnjudgeableError(f"{claimed!r} is no estimator; expected ra, rfa, lara or lara[WEIGHTING]")


def _signed(source: Source, time_limit: float | None) -> bool:
    """Whether outputs leave the values' range by more than a thousandth at 16 samples, as signed features make them."""
    few = replace(source, n_samples=16)
    problem = make_problem("opposed")
    low, high = np.min(problem.v, axis=0), np.max(problem.v, axis=0)
    until = math.inf if time_limit is None else time.monotonic() + time_limit
    try:
        with few.open(problem) as opened:
            for start in range(0, LOOKED_AT, LOOKED_AT_ONCE):
                value = opened.draw(Seeds(0, 0, start, LOOKED_AT_ONCE)).value
                if (np.maximum(low - value, value - high) > 1e-3 * (high - low)).any():
                    return True
                if time.monotonic() >= until:
                    return False
    except SourceError:
        return False
    return False
