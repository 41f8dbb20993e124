"""A member of the catalogue in the role of a candidate, without a process of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lara_estimators import Problem
from lara_verify.checks.values import output_shape
from lara_verify.faults import Fault
from lara_verify.sources import Block, Seeds, SourceError
from lara_verify.sources.candidate_process import BrokenProtocolError, checked, narrowest


@dataclass(frozen=True, slots=True)
class Posing:
    """The source that a broken estimator is when it says that it is the right one.

    Judged as a stranger's function is: opened on a problem it is built anew, so that nothing it remembers outlives
    that; it is given arrays that it could change; and what it returns is looked at before it counts. Replicates are
    drawn in blocks, a generator a block, where a candidate has a seed for each.
    """

    fault: Fault
    n_samples: int
    name: str = "candidate"

    @property
    def estimator(self) -> str:
        return self.fault.of

    @property
    def dtype(self) -> str:
        return "float64"

    @contextmanager
    def open(self, problem: Problem) -> Iterator["_OpenPosing"]:
        yield _OpenPosing(self.fault.algorithm(self.n_samples), problem)


class _OpenPosing:
    def __init__(self, algorithm: Any, problem: Problem) -> None:
        self._algorithm, self._problem = algorithm, problem

    def draw(self, seeds: Seeds) -> Block:
        given = _writable(self._problem)
        try:
            with np.errstate(all="ignore"):
                noise = self._algorithm.draw(given, seeds.generator(), (seeds.count,))
                output = self._algorithm(given, noise).value
            value, dtype = checked(output, (seeds.count, *output_shape(self._problem)))
        except BrokenProtocolError as error:
            raise SourceError(f"it {error}") from None
        except Exception as error:
            raise SourceError(f"it raised {type(error).__name__}: {error}") from None
        changed = next((name for name in _arrays(given) if not _same(given, self._problem, name)), None)
        return Block(value, dtype=narrowest({dtype}, value), changed_input=changed)


def _arrays(problem: Problem) -> tuple[str, ...]:
    return ("q", "k", "v") if problem.key_mask is None else ("q", "k", "v", "key_mask")


def _writable(problem: Problem) -> Problem:
    mask = None if problem.key_mask is None else np.array(problem.key_mask)
    return replace(problem, q=np.array(problem.q), k=np.array(problem.k), v=np.array(problem.v), key_mask=mask)


def _same(one: Problem, other: Problem, name: str) -> bool:
    return np.array_equal(getattr(one, name), getattr(other, name))
