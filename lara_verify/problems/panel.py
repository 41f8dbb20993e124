"""The panel: every numbered problem, by name.

A problem is made once per process and shared; its arrays are read-only. What a family is there to reveal is said in its
file, and in a clause by `Family.reveals`.
"""

from functools import cache

from lara_estimators.problem import Problem, ProblemError
from lara_verify.problems import activations, consistency, extremes, grid, iid, kernel_pairs, masked_batch, mild, shapes
from lara_verify.problems.family import Family

_ROOMS = (iid, mild, kernel_pairs, masked_batch, shapes, extremes, activations, consistency, grid)
_FAMILIES: dict[str, Family] = {family.name: family for room in _ROOMS for family in room.FAMILIES}


def problem_names() -> tuple[str, ...]:
    """Names of all problems of the panel, in its order."""
    return tuple(_FAMILIES)


def find_family(name: str) -> Family:
    """Look up the family of a problem; its ``make(seed)`` gives further problems of the kind.

    Raises
    ------
    ProblemError
        If there is none of this name.
    """
    if name not in _FAMILIES:
        raise ProblemError(f"there is no problem {name!r}; the panel has {', '.join(_FAMILIES)}")
    return _FAMILIES[name]


@cache
def make_problem(name: str) -> Problem:
    """Make the problem of this name, the same in every process."""
    return find_family(name).make()
