"""What is measured, in how many rounds: fixed before anything runs."""

from typing import NamedTuple

import msgspec

N_ITEMS, DIM, N_SAMPLES = 8, 64, 64
"""Batch times heads; width of queries, keys and values; draws that a query averages."""

FORWARD, BACKWARD = "forward", "forward+backward"
"""The two passes that are timed; the second holds the first."""


class Setting(msgspec.Struct, frozen=True):
    """A run of the cost study, as the processes that measure are told it.

    Parameters
    ----------
    sizes
        Lengths N of the sequences, as many queries as keys, ascending.
    n_rounds
        How often every method is timed.
    seed
        Of the inputs, of the draws, and of the order within a round.
    device
        Where the long sequences lie; the Monte Carlo table is always of the processor.
    n_threads
        Of the long sequences; the Monte Carlo table is always of one thread.
    longest_call
        Seconds that a call of a method of quadratic cost may be expected to take; a longer one is not measured.
    n_replicates
        In one block of the Monte Carlo table.
    """

    sizes: tuple[int, ...] = (1024, 4096, 16384, 65536)
    n_rounds: int = 15
    seed: int = 0
    device: str = "cpu"
    n_threads: int = 2
    longest_call: float = 2.0
    n_replicates: int = 1024


QUICK = Setting(sizes=(1024, 4096, 16384), n_rounds=5, longest_call=0.5)
"""Under a minute."""


class Cell(NamedTuple):
    """One method, one pass, one length; in the Monte Carlo table the pass is ``draw+call`` and the length 16."""

    method: str
    step: str
    n: int


class Timed(msgspec.Struct, frozen=True):
    """What was measured of a cell: seconds in each round, most bytes held beyond the inputs, bytes of one output."""

    method: str
    step: str
    n: int
    seconds: list[float]
    peak_bytes: int | None = None
    output_bytes: int | None = None

    @property
    def cell(self) -> Cell:
        """Where it belongs."""
        return Cell(self.method, self.step, self.n)


class Skipped(msgspec.Struct, frozen=True):
    """A cell that was not measured, and why."""

    method: str
    step: str
    n: int
    reason: str


class Measured(msgspec.Struct, frozen=True):
    """What a process that measures hands back; ``others`` is the share of all cores that other processes took."""

    timed: list[Timed]
    skipped: list[Skipped] = []
    machine: str = ""
    others: float = 0.0
