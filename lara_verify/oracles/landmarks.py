"""LARA's proposals from the sequence: means over contiguous segments, written independently of any estimator.

``mu_c = x_bar_c + y_bar_c``, the means of scaled queries and keys over C contiguous segments, sizes as
`numpy.array_split` (longer first; estimators.md, section 2). Borders are those of the padded sequence; masked keys
are left out of their segment's mean, and a segment in which no key takes part drops its proposal. Queries have no
mask.

Domain: ``1 <= C <= min(N, M)``, not causal.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import Array, OutsideDomainError, refuse_causal, scaled_items


class Landmarks(NamedTuple):
    """Of one batch item, in the scaled space: ``x_bar`` and ``mu``, ``(C', d)``, dropped proposals left out."""

    x_bar: Array
    mu: Array


def plain_landmarks(problem: Problem, n_proposals: int) -> dict[tuple[int, ...], Landmarks]:
    """Landmarks of every batch item, keyed by its index in the batch dimensions (``()`` where there are none).

    Raises
    ------
    OutsideDomainError
        If `n_proposals` is not in 1 .. min(N, M), or the problem is causal.
    """
    refuse_causal(problem, "a landmark")
    most = min(problem.n_queries, problem.n_keys)
    if not 1 <= n_proposals <= most:
        raise OutsideDomainError(f"n_proposals is {n_proposals}; expected 1 to min(N, M) = {most}")
    found = {}
    for item in scaled_items(problem):
        place = np.cumsum(item.kept) - 1  # where a key of the problem is among those that take part
        x_bar, mu = [], []
        for queries, keys in zip(
            segments(problem.n_queries, n_proposals), segments(problem.n_keys, n_proposals), strict=True
        ):
            kept = [place[m] for m in keys if item.kept[m]]
            if kept:
                x_bar.append(item.x[queries].mean(axis=0))
                mu.append(x_bar[-1] + item.y[kept].mean(axis=0))
        found[item.at] = Landmarks(np.array(x_bar), np.array(mu))
    return found


def segments(n: int, n_segments: int) -> list[range]:
    """Contiguous ranges that cover 0 .. n-1, the first ``n mod n_segments`` one longer than the rest."""
    size, longer = divmod(n, n_segments)
    starts = [c * size + min(c, longer) for c in range(n_segments + 1)]
    return [range(a, b) for a, b in pairwise(starts)]
