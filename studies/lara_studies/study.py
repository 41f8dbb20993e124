"""The faces of a study: its plan, its cells, what it measures and what it concludes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self, TypeVar

import numpy as np

from lara_estimators import ClaimName
from lara_verify.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Spec:
    """The plan of a study, fixed before anything is drawn (ADEMP: Morris, White & Crowther, Stat. Med. 38, 2019).

    Parameters
    ----------
    name
        As on the command line; also the name of the study's file.
    question
        One sentence that can be answered by yes, no, or where.
    aim
        What the answer is good for.
    problems
        Names in the panel: the data-generating mechanisms.
    estimand
        The quantity that is estimated, as a formula.
    methods
        The estimators that are compared.
    measures
        What is computed of their outputs, each with a Monte Carlo standard error.
    claim
        The claim that the question comes to.
    """

    name: str
    question: str
    aim: str
    problems: tuple[str, ...]
    estimand: str
    methods: tuple[str, ...]
    measures: tuple[str, ...]
    claim: ClaimName


@dataclass(frozen=True, slots=True)
class Cell:
    """One method on one problem at one number of samples: what shards are drawn of.

    ``n_shards`` says how many a profile takes. It is no part of the cell's key: the shards of a smaller profile are the
    first of a larger one.
    """

    method: str
    problem: str
    n_samples: int
    n_shards: int
    blocks_per_shard: int = 32
    block_size: int = 256

    @property
    def id(self) -> str:
        """``method/problem/S=n``: what ``--only`` matches."""
        return f"{self.method}/{self.problem}/S={self.n_samples}"

    @property
    def axes(self) -> tuple[str, str, int]:
        """Where the cell lies, as columns of a table."""
        return self.method, self.problem, self.n_samples


class Row(NamedTuple):
    """One measure of one cell, a line of the tidy table.

    ``of`` names the output that is measured; ``mcse`` is the Monte Carlo standard error of ``value``; ``exact`` is None
    where no oracle knows it.
    """

    study: str
    method: str
    problem: str
    n_samples: int
    n_replicates: int
    measure: str
    of: str
    value: float
    mcse: float
    exact: float | None


class Finding(NamedTuple):
    """What a study says of one claim; ``message`` is one sentence a person can act on."""

    claim: ClaimName
    verdict: Verdict
    message: str


class Sums(Protocol):
    """What a shard returns: sums of any kind that add up. Adding never changes either side."""

    def merge(self, other: Self) -> Self:
        """The sums of both, those of ``other`` being later."""
        ...


S = TypeVar("S", bound=Sums)


class Study(Protocol[S]):
    """One question. The engine draws its shards, merges their sums in order, and asks what they mean."""

    @property
    def spec(self) -> Spec:
        """The plan."""
        ...

    def cells(self, profile: str) -> tuple[Cell, ...]:
        """All cells, with the number of shards that ``quick``, ``default`` or ``full`` takes of each."""
        ...

    def shard(self, cell: Cell, rng: np.random.Generator) -> S:
        """Draw one shard: a pure function, all randomness from ``rng``."""
        ...

    def summarise(self, cell: Cell, sums: S) -> tuple[Row, ...]:
        """The measures of a cell with their Monte Carlo standard errors."""
        ...

    def claims(self, merged: Mapping[Cell, S], alpha: float, beta: float) -> tuple[Finding, ...]:
        """What the sums say of the claim; cells that were deselected or failed are absent from ``merged``.

        ``alpha`` (chance of refuting what is right) and ``beta`` (chance of certifying what is wrong) are for all
        findings of the study together, whichever cells are present.
        """
        ...
