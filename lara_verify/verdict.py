"""From evidence and allowance to a verdict, and from verdicts to an exit code."""

import math
from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """How a case ended. The value is the token of reports; `meaning` is the sentence."""

    CERTIFIED = "certified"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"
    ERROR = "error"

    @property
    def meaning(self) -> str:
        """What the verdict says, for a reader who sees it the first time."""
        return _MEANINGS[self]


_MEANINGS = {
    Verdict.CERTIFIED: "the property holds to the stated tolerance",
    Verdict.REFUTED: "the property does not hold",
    Verdict.UNDECIDED: "a limit came first: neither is shown",
    Verdict.SKIPPED: "there was nothing to judge",
    Verdict.ERROR: "the verifier itself failed",
}


def refutes(log_e: float, alpha: float) -> bool:
    """Whether evidence against a claim exceeds the case's allowance (Ville: at most ``alpha`` of right ones do)."""
    return log_e >= -math.log(alpha)


def certifies(log_e: float, beta: float) -> bool:
    """Whether evidence for a claim exceeds the case's allowance."""
    return log_e >= -math.log(beta)


def overall(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict of a run: the worst of its cases' in the order error, refuted, undecided, certified.

    All skipped, or none at all, is undecided: nothing was judged.
    """
    seen = set(verdicts)
    for worst in (Verdict.ERROR, Verdict.REFUTED, Verdict.UNDECIDED):
        if worst in seen:
            return worst
    return Verdict.CERTIFIED if Verdict.CERTIFIED in seen else Verdict.UNDECIDED


EXIT_CODES = {Verdict.CERTIFIED: 0, Verdict.REFUTED: 1, Verdict.UNDECIDED: 3, Verdict.ERROR: 4}
"""Exit code of a run by its overall verdict; 2 is a usage error and 130 an interrupt."""
