"""A stranger's function as a source: called in a process of its own, one seed a replicate, within limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from lara_estimators import Problem
from lara_verify.adapter import Adapter
from lara_verify.sources.guarded_process import GuardedProcess, Limits
from lara_verify.sources.source import Block, Seeds, SourceError
from lara_verify.sources.target import TargetError

N_PROPOSALS = 4
"""What a candidate that takes a number of proposals is given."""

CALL_LIMIT = 20.0
"""Seconds that one call of a candidate may take, unless told otherwise."""

MEMORY_LIMIT = 4096.0
"""MiB that a candidate may take, unless told otherwise."""

CALLS_TO_LOAD = 6
"""How many times as long as a call importing a candidate may take."""


class CandidateInfo(NamedTuple):
    """What loading a candidate told: the optional arguments that it names, and why it cannot be called, if so."""

    options: tuple[str, ...]
    signature_error: str | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """The function at ``target``, claimed to be the estimator named ``claimed``, averaging ``n_samples`` draws.

    Parameters
    ----------
    target
        ``path/to/file.py:name`` or ``package.module:name``.
    claimed
        Name of the estimator that it says it is.
    n_samples
        Draws that a query averages, handed over with each call.
    call_limit
        Seconds that one call may take; a longer one is a hang. Importing it may take six times that.
    dtype
        Of the arrays handed over.
    adapter
        How it wants to be called, if not as a candidate is.
    memory_limit
        MiB that it and the processes it starts may hold, beyond what the process held before it was imported.
    """

    target: str
    claimed: str
    n_samples: int
    call_limit: float = CALL_LIMIT
    dtype: str = "float64"
    adapter: Adapter | None = None
    memory_limit: float = MEMORY_LIMIT

    @property
    def name(self) -> str:
        return "candidate"

    @property
    def estimator(self) -> str:
        return self.claimed

    @contextmanager
    def open(self, problem: Problem) -> Iterator["_OpenCandidate"]:
        limits = Limits(self.call_limit, CALLS_TO_LOAD * self.call_limit, self.memory_limit)
        try:
            process = GuardedProcess(self.target, self.adapter, limits)
        except TargetError as error:  # it could be loaded once, see `inspect_candidate`
            raise SourceError(f"it could be imported once and then no more: {error}") from None
        try:
            yield _OpenCandidate(self, process, problem)
        finally:
            process.end()


def inspect_candidate(
    target: str,
    adapter: Adapter | None = None,
    *,
    call_limit: float = CALL_LIMIT,
    memory_limit: float = MEMORY_LIMIT,
    time_limit: float | None = None,
) -> CandidateInfo:
    """Load ``target`` in a process of its own and say what its signature tells.

    Raises
    ------
    TargetError
        If it cannot be loaded, or takes longer than six calls may or than ``time_limit`` seconds, or too much memory.
    """
    to_load = CALLS_TO_LOAD * call_limit
    limits = Limits(call_limit, to_load if time_limit is None else min(to_load, time_limit), memory_limit)
    process = GuardedProcess(target, adapter, limits)
    process.end()
    return CandidateInfo(process.options, process.signature_error)


class _OpenCandidate:
    def __init__(self, candidate: Candidate, process: GuardedProcess, problem: Problem) -> None:
        self._process = process
        self._arrays = {name: getattr(problem, name).astype(candidate.dtype) for name in "qkv"}
        if problem.key_mask is not None:
            if "key_mask" not in process.options:
                raise SourceError("it takes no key_mask and the problem has one")
            self._arrays["key_mask"] = problem.key_mask
        self._fixed: dict[str, Any] = {"n_samples": candidate.n_samples}
        for name, value in (("n_proposals", N_PROPOSALS), ("key_mask", None), ("causal", False), ("noise", None)):
            if name in process.options and name not in self._arrays:
                self._fixed[name] = value

    def draw(self, seeds: Seeds) -> Block:
        if self._process.signature_error:
            raise SourceError(self._process.signature_error)
        value, dtype, changed = self._process.call(self._arrays, self._fixed, seeds.integers())
        return Block(value, dtype=dtype, changed_input=changed)
