"""The budget: what chance of a wrong verdict each case may spend."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowance:
    """A case's share of the run's error budget.

    ``alpha``: chance that a right source is refuted. ``beta``: chance that one wrong by more than the tolerance is
    certified.
    """

    id: str
    alpha: float
    beta: float


def split(ids: Sequence[str], alpha: float, beta: float) -> dict[str, Allowance]:
    """Give every *declared* case an equal share, before any is deselected (union bound over the run).

    A case keeps its share whether or not the others are run, so that choosing among them costs nothing.
    """
    if len(set(ids)) != len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        raise ValueError(f"case ids must be distinct; {twice[0]} is declared twice")
    return {i: Allowance(i, alpha / len(ids), beta / len(ids)) for i in ids}
