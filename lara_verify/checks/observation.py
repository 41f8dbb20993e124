"""Judging what can be seen with certainty: one violation refutes, and no violation so far is all that can be asked."""

import math
from abc import ABC, abstractmethod

from lara_verify.checks.check import Evidence, Sentences
from lara_verify.sources import Block


class Observation(ABC):
    """Base of the statistics that look for a violation; a subclass says what `violation` it sees in a block.

    Parameters
    ----------
    holds
        The clause to say when nothing was seen, such as ``every output was a finite array``.
    """

    log_e_refute: float = 0.0
    log_e_certify: float = math.inf

    def __init__(self, holds: str) -> None:
        self._holds = holds
        self._violation: str | None = None
        self._failure: str | None = None
        self._count = 0

    @abstractmethod
    def violation(self, blocks: tuple[Block, ...]) -> str | None:
        """A sentence about the first violation in these blocks, or None."""

    def update(self, blocks: tuple[Block, ...]) -> None:
        self._count += len(blocks[0].value)
        found = self.violation(blocks)
        if found is not None:
            self.refute(found)

    def fail(self, sentence: str) -> None:
        self._failure = sentence

    def refute(self, sentence: str) -> None:
        """Record a certain violation."""
        self._violation = sentence
        self.log_e_refute, self.log_e_certify = math.inf, -math.inf

    def evidence(self, alpha: float, beta: float) -> Evidence:  # nothing here is statistical
        holds = f"{self._holds} ({self._count} replicates)"
        undecided = self._failure or f"not decided in {self._count} replicates, so far {self._holds}"
        return Evidence(Sentences(self._violation or "", holds, undecided))
