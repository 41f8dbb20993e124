"""``lara-verify check``."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lara_verify.cli.judge import judge
from lara_verify.cli.options import NO_OPTIONS, Options, UsageError

if TYPE_CHECKING:
    from lara_verify.plan import Case


def check(
    target: str,
    /,
    *,
    claimed: Annotated[str, Parameter(name="--as")],
    n_samples: int | None = None,
    call_limit: float = 20.0,
    options: Options = NO_OPTIONS,
) -> int:
    """Judge a function of yours: does it do what the estimator does that it says it is.

    This runs the code of TARGET, in processes of its own.

    Parameters
    ----------
    target
        ``path/to/file.py:name`` or ``package.module:name`` of a function ``f(q, k, v, *, n_samples, seed)``.
    claimed
        What it says it is: ``ra``, ``rfa``, ``lara`` or ``lara[WEIGHTING]`` (plain ``lara`` weights by balance).
    n_samples
        Judge it at this number of draws a query alone.
    call_limit
        Seconds that one call may take; a longer one is refuted as a hang.
    """

    def declare() -> "tuple[Case, ...]":
        from lara_verify.declare import UnjudgeableError, candidate
        from lara_verify.sources.candidate import inspect_candidate
        from lara_verify.sources.target import TargetError

        if n_samples is not None and n_samples < 1:
            raise UsageError(f"--n-samples is {n_samples}; expected at least 1")
        if options.device != "cpu":
            raise UsageError(f"--device is {options.device}; a candidate is given NumPy arrays, expected cpu")
        if not call_limit > 0:
            raise UsageError(f"--call-limit is {call_limit:g}; expected a positive number of seconds")
        dtype = options.dtype or "float64"
        if dtype not in ("float32", "float64"):
            raise UsageError(f"--dtype is {dtype}; expected float32 or float64")
        try:
            info = inspect_candidate(target)
            return candidate(target, info, claimed, options.profile, n_samples, call_limit=call_limit, dtype=dtype)
        except (TargetError, UnjudgeableError) as error:
            raise UsageError(str(error)) from None

    words = ["check", target, "--as", claimed]
    words += [] if n_samples is None else ["--n-samples", str(n_samples)]
    words += [] if call_limit == 20.0 else ["--call-limit", f"{call_limit:g}"]
    return judge(options, words, declare, target=target)
