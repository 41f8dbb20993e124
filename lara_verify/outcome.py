"""What governs a run, and what comes of it."""

from dataclasses import dataclass

from lara_verify.diagnosis import Diagnosis
from lara_verify.expected import ExpectedFailure, counted, matches, reason_for
from lara_verify.ledger import Allowance
from lara_verify.trial import CaseResult
from lara_verify.verdict import Verdict, overall


@dataclass(frozen=True, slots=True)
class Settings:
    """What governs a run.

    Parameters
    ----------
    profile
        ``quick``, ``default`` or ``full``.
    alpha, beta
        Of the whole run, split over all declared cases.
    only
        Run the cases whose id contains this, or is matched by it if it has a ``*``. A number in it is a whole one:
        ``S=1`` does not select ``S=16``.
    time_limit
        Seconds; what is open then ends undecided.
    n_workers
        Worker processes; None for as many as there are cores.
    of_candidate
        Whether a stranger's code is judged: then all cases are surveyed on a fraction of their replicates first, the
        run goes no further if one is refuted, and a refutation is diagnosed.
    expected
        Cases that are known to be refuted: they end nothing, and count as certified.
    """

    profile: str = "default"
    seed: int = 0
    alpha: float = 1e-6
    beta: float = 1e-6
    only: str | None = None
    time_limit: float | None = None
    n_workers: int | None = None
    of_candidate: bool = False
    expected: tuple[ExpectedFailure, ...] = ()

    def selects(self, case_id: str) -> bool:
        """Whether `only` lets this case through."""
        return self.only is None or matches(self.only, case_id)

    def reason_for(self, case_id: str) -> str | None:
        """Why this case is expected to be refuted; None if it is not."""
        return reason_for(case_id, self.expected)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; ``results`` are in the order declared.

    ``diagnosis`` is None where none was made; empty where no known fault is consistent with the data.
    """

    settings: Settings
    ledger: tuple[Allowance, ...]
    results: tuple[CaseResult, ...]
    diagnosis: tuple[Diagnosis, ...] | None
    seconds: float
    interrupted: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all cases."""
        expected = self.settings.reason_for
        return overall(counted(result.verdict, expected(result.case.id)) for result in self.results)
