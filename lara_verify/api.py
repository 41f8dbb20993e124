"""Judging a function from Python: ``lara_verify.check(f, claims="ra")``, in a script, a notebook or a test."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lara_verify.report.results import CheckRow, DiagnosisRow, Results

if TYPE_CHECKING:
    from lara_verify.adapter import Adapter
    from lara_verify.report.plots import Trace


class RefutedError(AssertionError):
    """Something that is claimed does not hold; the message names each case with its sentence, and the cause."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a check; in a notebook it shows itself as the page that ``lara-verify check`` writes.

    Attributes
    ----------
    results
        All that results.json has.
    """

    results: Results
    _traces: "Mapping[str, Trace]" = field(repr=False, default_factory=dict)

    @property
    def verdict(self) -> str:
        """``certified``, ``refuted``, ``undecided`` or ``error``: the worst of all cases."""
        return self.results.verdict

    @property
    def checks(self) -> tuple[CheckRow, ...]:
        """A row for each case: what was claimed, what was seen, what was concluded."""
        return tuple(self.results.checks)

    @property
    def diagnosis(self) -> tuple[DiagnosisRow, ...]:
        """The known faults that the outputs do not exclude; empty where nothing is refuted or none of them fits."""
        return tuple(self.results.diagnosis)

    def to_html(self) -> str:
        """The page, one document that needs nothing else."""
        from lara_verify.report.html import as_html

        return as_html(self.results, self._traces).decode()

    def _repr_html_(self) -> str:
        from markupsafe import escape

        style = "width:100%;height:40rem;border:0"
        return f'<iframe title="lara-verify report" style="{style}" srcdoc="{escape(self.to_html())}"></iframe>'

    def __str__(self) -> str:
        lines = [f"{self.verdict}: {len(self.checks)} cases in {self.results.seconds:.1f} s"]
        lines += [
            f"  {c.verdict} {c.id}: {c.message}" for c in self.checks if c.verdict not in ("certified", "skipped")
        ]
        for row in self.diagnosis:
            lines += [f"  cause: {row.fault}: {row.cause}", f"    mend: {row.mend}"]
        return "\n".join(lines)

    def raise_for_refuted(self) -> None:
        """Raise `RefutedError` if anything is refuted; undecided and skipped cases raise nothing."""
        if any(check.verdict in ("refuted", "xpass") for check in self.checks):
            raise RefutedError(str(self))


def check(
    candidate: str | Callable[..., Any],
    claims: str = "ra",
    *,
    profile: str = "default",
    n_samples: int | None = None,
    adapter: "Adapter | None" = None,
    dtype: str = "float64",
    call_limit: float = 20.0,
    memory_limit: float = 4096.0,
    seed: int = 0,
    alpha: float = 1e-6,
    beta: float = 1e-6,
    only: str | None = None,
    time_limit: float | None = None,
    workers: int | None = None,
) -> Report:
    """Judge a candidate as ``lara-verify check`` does, in processes of its own, and return the report.

    Parameters
    ----------
    candidate
        The function itself, also one defined in a notebook or a lambda, or a TARGET as the command takes it.
    claims
        What it says it is: ``ra``, ``rfa``, ``lara`` or ``lara[WEIGHTING]``.
    profile
        ``quick``, ``default`` or ``full``.
    n_samples
        Judge it at this number of draws a query alone.
    adapter
        How it wants to be called, if not as ``f(q, k, v, *, n_samples, seed)``: `lara_verify.adapter.Adapter`.
    dtype, call_limit, memory_limit, seed, alpha, beta, only, time_limit, workers
        As the options of the command.

    Raises
    ------
    lara_verify.sources.target.TargetError
        If the candidate cannot be loaded in another process.
    ValueError
        If an argument is out of its range, `claims` names no estimator, or `only` matches no case.
    """
    from dataclasses import replace

    from lara_verify.cli.options import Options, UsageError
    from lara_verify.declare import candidate as declared
    from lara_verify.report.results import results_of
    from lara_verify.sources.candidate import inspect_candidate
    from lara_verify.sources.target import by_value
    from lara_verify.suite import run

    began = time.monotonic()
    if profile not in ("quick", "default", "full"):
        raise ValueError(f"profile is {profile!r}; expected quick, default or full")
    options = Options(
        quick=profile == "quick",
        full=profile == "full",
        seed=seed,
        alpha=alpha,
        beta=beta,
        only=only,
        time_limit=time_limit,
        workers=workers,
    )
    try:
        settings = replace(options.settings(), of_candidate=True)
    except UsageError as error:
        raise ValueError(str(error)) from None
    target = candidate if isinstance(candidate, str) else by_value(candidate)
    limits = {"call_limit": call_limit, "memory_limit": memory_limit}
    info = inspect_candidate(target, adapter, **limits, time_limit=time_limit)
    given = {**limits, "dtype": dtype, "adapter": adapter}
    cases = declared(target, info, claims, profile, n_samples, time_limit, **given)
    if not any(settings.selects(case.id) for case in cases):
        raise ValueError(f"only is {only!r}, which matches none of the {len(cases)} cases")
    if time_limit is not None:
        settings = replace(settings, time_limit=max(time_limit - (time.monotonic() - began), 0.001))
    outcome = run(cases, settings)
    shown = candidate if isinstance(candidate, str) else getattr(candidate, "__qualname__", type(candidate).__name__)
    results = results_of(outcome, f"lara_verify.check({shown}, claims={claims!r}) {options.spelled()}".rstrip())
    return Report(results, {result.case.id: result.trace for result in outcome.results})
