"""Simulating one row: sequences of replicates, looked at after every block, the largest evidence being what counts."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lara_verify.levels.rows import NOMINALS, Row
from lara_verify.trial import FIRST_BLOCK, GROWTH
from lara_verify.verdict import certifies, refutes

REPLICATES = 324
"""Length of a sequence: fourteen looks."""

SEQUENCES_PER_CHUNK = 250


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some sequences of one row, to be sent to a worker; its draws are keyed by seed, row and index."""

    row: Row
    seed: int
    index: int
    n_sequences: int


def blocks(n_replicates: int) -> Iterator[slice]:
    """The blocks of a trial, up to ``n_replicates``."""
    start = 0
    while start < n_replicates:
        stop = min(start + max(FIRST_BLOCK, start // GROWTH), n_replicates)
        yield slice(start, stop)
        start = stop


def count_errors(chunk: Chunk) -> tuple[int, ...]:
    """At each nominal level, the number of sequences in which the statistic at any look said what is not so.

    A pure function of the chunk: the same counts on any worker, in any order.
    """
    statistic, law = chunk.row.statistic, chunk.row.law
    keys = (*chunk.row.id.encode(), chunk.index)
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(chunk.seed, spawn_key=keys)))
    bounds = law.bounds()
    says = refutes if statistic.kind == "refute" else certifies
    counts = [0] * len(NOMINALS)
    for sequence in law.draw(rng, chunk.n_sequences, REPLICATES):
        process = statistic.start(bounds)
        most = -np.inf
        for block in blocks(REPLICATES):
            process.update(sequence[block])
            most = max(most, statistic.log_e(process))
        for i, nominal in enumerate(NOMINALS):
            counts[i] += says(most, nominal)
    return tuple(counts)
