"""What governs a run, and what comes of it."""

import re
from dataclasses import dataclass

from lara_verify.diagnosis import Diagnosis
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
    """

    profile: str = "default"
    seed: int = 0
    alpha: float = 1e-6
    beta: float = 1e-6
    only: str | None = None
    time_limit: float | None = None
    n_workers: int | None = None
    of_candidate: bool = False

    def selects(self, case_id: str) -> bool:
        """Whether `only` lets this case through."""
        if self.only is None:
            return True
        pattern = ".*".join(map(re.escape, self.only.split("*")))
        if "*" in self.only:
            return re.fullmatch(pattern, case_id) is not None
        number_goes_on = r"(?!\d)" if self.only[-1:].isdigit() else ""
        return re.search(pattern + number_goes_on, case_id) is not None


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
        return overall(result.verdict for result in self.results)
