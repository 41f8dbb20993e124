"""A stranger's function as a source: called in a process of its own, one seed a replicate, under a time limit."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from loky.backend.context import get_context

from lara_estimators import Problem
from lara_verify.sources.adapter import Adapter
from lara_verify.sources.candidate_process import HEARTBEAT, serve
from lara_verify.sources.source import Block, Seeds, SourceError
from lara_verify.sources.target import TargetError
from lara_verify.workers import end_tree

LOAD_LIMIT = 120.0
"""Seconds that importing a candidate may take."""

N_PROPOSALS = 4
"""What a candidate that takes a number of proposals is given."""

CALL_LIMIT = 20.0
"""Seconds that one call of a candidate may take, unless told otherwise."""


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
        Seconds that one call may take; a longer one is a hang.
    dtype
        Of the arrays handed over.
    adapter
        How it wants to be called, if not as a candidate is.
    """

    target: str
    claimed: str
    n_samples: int
    call_limit: float = CALL_LIMIT
    dtype: str = "float64"
    adapter: Adapter | None = None

    @property
    def name(self) -> str:
        return "candidate"

    @property
    def estimator(self) -> str:
        return self.claimed

    @contextmanager
    def open(self, problem: Problem) -> Iterator["_OpenCandidate"]:
        child = _Child(self.target, self.adapter)
        try:
            yield _OpenCandidate(self, child, problem)
        finally:
            child.end()


def inspect_candidate(target: str, adapter: Adapter | None = None) -> CandidateInfo:
    """Load ``target`` in a process of its own and say what its signature tells.

    Raises
    ------
    TargetError
        If it cannot be loaded.
    """
    child = _Child(target, adapter)
    try:
        return child.info
    finally:
        child.end()


class _OpenCandidate:
    def __init__(self, candidate: Candidate, child: "_Child", problem: Problem) -> None:
        self._candidate, self._child = candidate, child
        options = child.info.options
        self._arrays = {name: getattr(problem, name).astype(candidate.dtype) for name in "qkv"}
        if problem.key_mask is not None:
            if "key_mask" not in options:
                raise SourceError("it takes no key_mask and the problem has one")
            self._arrays["key_mask"] = problem.key_mask
        self._fixed: dict[str, Any] = {"n_samples": candidate.n_samples}
        for name, value in (("n_proposals", N_PROPOSALS), ("key_mask", None), ("causal", False), ("noise", None)):
            if name in options and name not in self._arrays:
                self._fixed[name] = value

    def draw(self, seeds: Seeds) -> Block:
        if self._child.info.signature_error:
            raise SourceError(self._child.info.signature_error)
        integers = seeds.integers()
        limit = self._candidate.call_limit
        answer = self._child.ask((self._arrays, self._fixed, integers, limit), limit)
        if answer[0] == "broken":
            raise SourceError(answer[2])
        _, value, dtype, changed = answer
        return Block(value, dtype=dtype, changed_input=changed)


class _Child:
    """A process that serves one candidate; every way in which it can end becomes a sentence."""

    def __init__(self, target: str, adapter: Adapter | None) -> None:
        context = get_context("loky")
        self._connection: Connection
        self._connection, far = context.Pipe()
        self._process = context.Process(target=serve, args=(far, target, adapter), daemon=False)
        self._process.start()
        far.close()
        try:
            answer = self._receive(LOAD_LIMIT)
        except SourceError as error:
            self.end()
            raise TargetError(f"loading {target} failed: {error}") from None
        if answer[0] == "unloadable":
            self.end()
            raise TargetError(answer[1])
        self.info = CandidateInfo(*answer[1:])

    def ask(self, request: Any, limit: float) -> tuple[Any, ...]:
        try:
            self._connection.send(request)
        except OSError:
            raise SourceError(self._end_sentence()) from None
        while (answer := self._receive(limit + HEARTBEAT))[0] == "alive":
            pass
        return answer

    def end(self) -> None:
        self._connection.close()
        end_tree(self._process.pid)
        self._process.join()

    def _receive(self, limit: float) -> tuple[Any, ...]:
        try:
            if not self._connection.poll(limit):
                end_tree(self._process.pid)
                raise SourceError(f"it hung: a call did not return within {limit - HEARTBEAT:g} s")
            return self._connection.recv()  # type: ignore[no-any-return]  # only `serve` speaks on this pipe
        except (EOFError, ConnectionError):
            raise SourceError(self._end_sentence()) from None

    def _end_sentence(self) -> str:
        self._process.join(5)
        code = self._process.exitcode
        if code is not None and code < 0 and os.name == "posix":
            return f"it ended its process by signal {signal.Signals(-code).name}"
        return f"it ended its process with exit code {code}"
