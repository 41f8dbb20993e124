"""``lara-verify check``."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

from cyclopts import Parameter

from lara_verify.adapter import AS_A_CANDIDATE, Adapter
from lara_verify.cli.judge import judge
from lara_verify.cli.named import named
from lara_verify.cli.options import NO_OPTIONS, Options, UsageError

if TYPE_CHECKING:
    from lara_verify.plan import Case

_GROUP = "How the code wants to be called"


def check(
    target: str,
    /,
    *,
    claimed: Annotated[str | None, Parameter(name="--as")] = None,
    n_samples: int | None = None,
    call_limit: float = 20.0,
    memory_limit: float = 4096.0,
    adapter: Annotated[Adapter, Parameter(name="*", negative="", group=_GROUP)] = AS_A_CANDIDATE,
    options: Options = NO_OPTIONS,
) -> int:
    """Judge a function of yours: does it do what the estimator does that it says it is.

    This runs the code of TARGET, in processes of its own.

    Parameters
    ----------
    target
        ``path/to/file.py:name`` or ``package.module:name`` of a function ``f(q, k, v, *, n_samples, seed)`` or,
        with the options below, of another function, a class or a module; or ``command: PROGRAM ARGUMENTS``; or NAME
        of a table ``[tool.lara-verify.candidates.NAME]`` in pyproject.toml, which says the rest.
    claimed
        What it says it is: ``ra``, ``rfa``, ``lara`` or ``lara[WEIGHTING]`` (plain ``lara`` weights by balance).
    n_samples
        Judge it at this number of draws a query alone.
    call_limit
        Seconds that one call may take; a longer one is refuted as a hang. Importing the code may take six times that.
    memory_limit
        MiB that the code may take, with the processes that it starts; ``inf`` for no limit.
    """
    try:
        asked = _asked(target, claimed, adapter)
    except UsageError as error:
        print(f"lara-verify: {error}", file=sys.stderr)
        return 2
    words = ["check", asked.target, "--as", asked.claimed, *(asked.adapter.words() if asked.adapter else ())]
    words += [] if n_samples is None else ["--n-samples", str(n_samples)]
    limits = _Limits(call_limit, memory_limit)
    return judge(
        options, words + limits.words(), lambda: _declared(asked, n_samples, limits, options), target=asked.target
    )


class _Limits(NamedTuple):
    """What the code may take: seconds a call, MiB of memory."""

    call: float = 20.0
    memory: float = 4096.0

    def words(self) -> list[str]:
        """The options that say so, those that are default left out."""
        named = zip(("--call-limit", "--memory-limit"), self, _Limits(), strict=True)
        return [word for name, limit, usual in named if limit != usual for word in (name, f"{limit:g}")]


class _Asked(NamedTuple):
    """What is to be judged, as what, and how it is called."""

    target: str
    claimed: str
    adapter: Adapter | None


def _asked(target: str, claimed: str | None, adapter: Adapter) -> _Asked:
    described = None if ":" in target else named(target, Path.cwd())
    if described is not None:
        if claimed is not None or adapter != AS_A_CANDIDATE:
            raise UsageError(f"{target} says in pyproject.toml how it is called; expected no more than its name")
        target, claimed, adapter = described
    if claimed is None:
        raise UsageError("--as is missing; expected ra, rfa, lara or lara[WEIGHTING]")
    return _Asked(target, claimed, None if adapter == AS_A_CANDIDATE else adapter)


def _declared(asked: _Asked, n_samples: int | None, limits: _Limits, options: Options) -> "tuple[Case, ...]":
    from lara_verify.declare import UnjudgeableError, candidate
    from lara_verify.sources.candidate import inspect_candidate
    from lara_verify.sources.target import TargetError

    if n_samples is not None and n_samples < 1:
        raise UsageError(f"--n-samples is {n_samples}; expected at least 1")
    if options.device != "cpu":
        raise UsageError(f"--device is {options.device}; a candidate is given arrays of the host, expected cpu")
    if not limits.call > 0:
        raise UsageError(f"--call-limit is {limits.call:g}; expected a positive number of seconds")
    if not limits.memory > 0:
        raise UsageError(f"--memory-limit is {limits.memory:g}; expected a positive number of MiB")
    dtype = options.dtype or "float64"
    if dtype not in ("float32", "float64"):
        raise UsageError(f"--dtype is {dtype}; expected float32 or float64")
    try:
        given = {"call_limit": limits.call, "memory_limit": limits.memory}
        began, left = time.monotonic(), options.time_limit
        info = inspect_candidate(asked.target, asked.adapter, **given, time_limit=left)
        left = left and max(left - (time.monotonic() - began), 0.0)
        how = {"dtype": dtype, "adapter": asked.adapter}
        return candidate(asked.target, info, asked.claimed, options.profile, n_samples, left, **given, **how)
    except (TargetError, UnjudgeableError) as error:
        raise UsageError(str(error)) from None
