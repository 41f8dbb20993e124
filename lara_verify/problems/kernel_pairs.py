"""P4: single pairs of a query and a key at fixed directions, for kernel estimates.

What it reveals: faults of coupled directions (a QR factor without its signs, lengths taken from the wrong lines,
blocks that are not Haar) move the kernel ``e^{x.y}`` by 10 to 50 % with a sign that depends on the direction:
averages over isotropic inputs hide them (estimators.md, section 3.4). So nothing here is random but one generic
direction.

A batch of 14 pairs in d = 4, one query and one key each: ``x = .75 sqrt(phi) u``, ``y = .25 sqrt(phi) u`` with ``phi
= |x + y|^2`` of 1/4 and 9/4, and u along both ends of the first axis, the last axis, a middle one, two diagonals, and
a generic direction. Values are 1.
"""

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.problems.family import Family, directions, from_scaled

PHIS = (0.25, 2.25)


def _kernel_pairs(rng: np.random.Generator) -> Problem:
    axes = np.eye(4)
    diagonals = np.array([[1.0, 1.0, 1.0, 1.0], [1.0, -1.0, 1.0, -1.0]]) / 2
    u = np.concatenate([axes[:1], -axes[:1], axes[1:2], axes[3:], diagonals, directions(rng, 1, 4)])
    sums = np.concatenate([np.sqrt(phi) * u for phi in PHIS])[:, None, :]
    return from_scaled(0.75 * sums, 0.25 * sums, np.ones((len(sums), 1, 1)))


FAMILIES = (
    Family("P4", 4, "coupled directions that are not Haar: single pairs along axes and diagonals", _kernel_pairs),
)
