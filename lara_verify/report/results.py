"""results.json: the structs, and how an outcome becomes them."""

import math
import os
import platform
import shlex
from collections import defaultdict
from importlib import metadata

import msgspec

from lara_verify import __version__
from lara_verify.diagnosis import Diagnosis
from lara_verify.expected import sentence, token
from lara_verify.outcome import Outcome
from lara_verify.trial import CaseResult

SCHEMA_VERSION = 1

LOG_E_CAP = 1e6


class Environment(msgspec.Struct, frozen=True):
    """Where the run took place; ``torch`` is None where it is not installed."""

    python: str
    numpy: str
    torch: str | None
    platform: str
    device: str
    cpu_count: int


class LedgerRow(msgspec.Struct, frozen=True):
    """A declared case and its share of the budget."""

    id: str
    alpha: float
    beta: float


class CheckRow(msgspec.Struct, frozen=True):
    """One case: what was claimed, what was seen, what was concluded, and how to see it again."""

    id: str
    source: str
    estimator: str
    problem: str
    claim: str
    n_samples: int
    seed: int
    verdict: str
    message: str
    n_replicates: int
    planned_replicates: int
    tolerance: float | None
    tolerance_share: float | None
    measured: float | None
    expected: float | None
    log_e_refute: float | None
    log_e_certify: float | None
    hidden: float | None
    figures: dict[str, float]
    seconds: float
    replay: str


class DiagnosisRow(msgspec.Struct, frozen=True):
    """A known fault that the candidate's output is consistent with."""

    fault: str
    parameter: str | None
    interval: tuple[float, float] | None
    cause: str
    mend: str
    mended_verdict: str | None


class Results(msgspec.Struct, frozen=True):
    """results.json."""

    schema_version: int
    tool_version: str
    command: str
    verdict: str
    alpha: float
    beta: float
    profile: str
    seed: int
    seconds: float
    environment: Environment
    ledger: list[LedgerRow]
    checks: list[CheckRow]
    diagnosis: list[DiagnosisRow]
    coverage_note: str


def results_of(outcome: Outcome, command: str, device: str = "cpu") -> Results:
    """Present an outcome; ``command`` is what repeats it, without ``--only``, ``--workers`` and ``--out``."""
    settings = outcome.settings
    chosen = "" if settings.only is None else f" --only {shlex.quote(settings.only)}"
    return Results(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        command=command + chosen,
        verdict=str(outcome.verdict),
        alpha=settings.alpha,
        beta=settings.beta,
        profile=settings.profile,
        seed=settings.seed,
        seconds=round(outcome.seconds, 3),
        environment=_environment(device),
        ledger=[LedgerRow(a.id, a.alpha, a.beta) for a in outcome.ledger],
        checks=[_check_row(result, outcome, command) for result in outcome.results],
        diagnosis=[_diagnosis_row(found) for found in outcome.diagnosis or ()],
        coverage_note=coverage_note(outcome),
    )


def coverage_note(outcome: Outcome) -> str:
    """What could not be judged and why, in sentences; also what a certificate does not say."""
    parts = _open_ends(outcome)
    if len(outcome.results) < len(outcome.ledger):
        parts.append(f"{len(outcome.ledger) - len(outcome.results)} declared cases were deselected and not judged.")
    if outcome.diagnosis == ():
        parts.append(
            "The candidate is wrong, and in none of the known ways: no fault of the catalogue fits its outputs."
        )
    if _torch_version() is None:
        parts.append("torch is not installed, so no torch implementation was judged.")
    parts.append(
        "Certified means: shown for the problems, numbers of samples and tolerances listed, in finite samples, with "
        "the error probabilities of the ledger; a deviation below the tolerance is not excluded."
    )
    return " ".join(parts)


def _open_ends(outcome: Outcome) -> list[str]:
    """A sentence for each reason why cases ended without an answer; the first cases of each by name."""
    because: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in outcome.results:
        if result.verdict in ("undecided", "skipped", "error"):
            because[str(result.verdict), result.message].append(result.case.id)
    return [
        f"{ids[0]} is {verdict}: {message}."
        if len(ids) == 1
        else f"{len(ids)} cases ({', '.join(ids[:2])}{', …' if len(ids) > 2 else ''}) are {verdict}: {message}."
        for (verdict, message), ids in because.items()
    ]


def _check_row(result: CaseResult, outcome: Outcome, command: str) -> CheckRow:
    case, evidence = result.case, result.evidence
    reason = outcome.settings.reason_for(case.id)
    return CheckRow(
        id=case.id,
        source=case.source.name,
        estimator=case.source.estimator,
        problem=case.problem,
        claim=str(case.claim),
        n_samples=case.source.n_samples,
        seed=outcome.settings.seed,
        verdict=token(result.verdict, reason),
        message=sentence(result.message, result.verdict, reason),
        n_replicates=result.n_replicates,
        planned_replicates=result.plan.n_replicates,
        tolerance=_finite(evidence.tolerance),
        tolerance_share=_finite(result.plan.detectable),
        measured=_finite(evidence.measured),
        expected=_finite(evidence.expected),
        log_e_refute=capped(result.log_e_refute),
        log_e_certify=capped(result.log_e_certify),
        hidden=_finite(evidence.hidden),
        figures={name: float(figure) for name, figure in evidence.figures.items() if math.isfinite(figure)},
        seconds=round(result.seconds, 3),
        replay=f"{command} --only {_quoted(case.id)}",
    )


def _diagnosis_row(found: Diagnosis) -> DiagnosisRow:
    fault = found.fault
    parameter = None if fault.parameter is None else fault.parameter.name
    return DiagnosisRow(fault.name, parameter, found.interval, fault.cause, fault.mend, mended_verdict=None)


def _quoted(case_id: str) -> str:
    """As a shell takes it; always quoted, since brackets and colons mean something to some."""
    return f"'{case_id}'" if "'" not in case_id else shlex.quote(case_id)


def _finite(number: float | None) -> float | None:
    """JSON has no infinity, and none of these numbers means anything where it is infinite."""
    return None if number is None or not math.isfinite(number) else float(number)


def capped(log_e: float | None) -> float | None:
    """A log evidence as reports hold it: within a million either way, so that JSON can."""
    return None if log_e is None or math.isnan(log_e) else max(-LOG_E_CAP, min(LOG_E_CAP, float(log_e)))


def _torch_version() -> str | None:
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return None


def _environment(device: str) -> Environment:
    return Environment(
        python=platform.python_version(),
        numpy=metadata.version("numpy"),
        torch=_torch_version(),
        platform=platform.platform(),
        device=device,
        cpu_count=os.cpu_count() or 1,
    )
