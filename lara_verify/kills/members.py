"""Who is judged, and on which cases: those that are declared for a candidate that says it is the same estimator."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from lara_estimators import ClaimName
from lara_verify.declare.built_in import built_in
from lara_verify.declare.candidate import UnjudgeableError, cases_of, default_n_samples
from lara_verify.faults import EQUIVALENTS, FAULTS, Fault
from lara_verify.kills.posing import Posing
from lara_verify.plan import Case

Role = Literal["fault", "equivalent"]


@dataclass(frozen=True, slots=True)
class Member:
    """A fault of the catalogue, or something unusual that is right."""

    role: Role
    fault: Fault

    @property
    def name(self) -> str:
        """Its name, one of its own in the whole catalogue: what poses as several estimators is named after each."""
        kind = self.fault.of.partition("[")[0]
        own = self.fault.name
        return own if kind == "ra" or own.startswith(f"{kind}-") else f"{kind}-{own}"

    @property
    def id(self) -> str:
        """``ROLE:NAME/ESTIMATOR``: what ``--only`` matches."""
        return f"{self.role}:{self.name}/{self.fault.of}"

    @property
    def source(self) -> Posing:
        """It, in the role of a candidate at the number of draws that one is judged at."""
        return Posing(self.fault, default_n_samples(self.fault.of))

    def cases(self, profile: str) -> tuple[Case, ...]:
        """What `check` declares for a candidate of its estimator, of the claims that it breaks or keeps.

        An estimator that `check` does not know is judged on the cases that `run` declares for it.
        """
        claims = {*self.fault.breaks, *self.fault.keeps}
        try:
            cases = cases_of(self.source, profile)
        except UnjudgeableError:
            cases = _as_built_in(self.fault, profile)
        return tuple(case for case in cases if case.claim in claims)


def members() -> tuple[Member, ...]:
    """Everybody, in the order of the catalogue: faults, then what is right."""
    faults = (Member("fault", fault) for fault in FAULTS)
    return (*faults, *(Member("equivalent", right) for right in EQUIVALENTS))


def claims_of(chosen: Iterable[Member]) -> tuple[ClaimName, ...]:
    """The claims that any of them breaks or keeps, in the order of the closed list."""
    concerned = {claim for member in chosen for claim in (*member.fault.breaks, *member.fault.keeps)}
    return tuple(claim for claim in ClaimName if claim in concerned)


def _as_built_in(fault: Fault, profile: str) -> tuple[Case, ...]:
    return tuple(
        replace(case, source=Posing(fault, case.source.n_samples))
        for case in built_in(profile)
        if case.source.name == "reference" and case.source.estimator == fault.of
    )
