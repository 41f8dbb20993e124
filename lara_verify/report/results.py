"""results.json: the structs, and how an outcome becomes them."""

import os
import platform
from importlib import metadata

import msgspec

from lara_verify import __version__
from lara_verify.diagnosis import Diagnosis
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
    """Present an outcome; ``command`` is what repeats it, without ``--workers`` and ``--out``."""
    settings = outcome.settings
    return Results(
        schema_version=SCHEMA_VERSION,
        tool_version=__version__,
        command=command,
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
    open_ends = [r for r in outcome.results if r.verdict in ("undecided", "skipped", "error")]
    parts = [f"{r.case.id} is {r.verdict}: {r.message}." for r in open_ends]
    if len(outcome.results) < len(outcome.ledger):
        parts.append(f"{len(outcome.ledger) - len(outcome.results)} declared cases were deselected and not judged.")
    if outcome.diagnosis == ():
        parts.append(
            "The candidate is wrong, and in none of the known ways: no fault of the catalogue fits its outputs."
        )
    if _torch_version() is None:
        parts.append("torch is not installed, so no torch implementation was judged.")
    parts.append(
        "Certified means: shown for the problems, numbers of samples and tolerances listed, in finite samples, with the "
        "error probabilities of the ledger; a deviation below the tolerance is not excluded."
    )
    return " ".join(parts)


def _check_row(result: CaseResult, outcome: Outcome, command: str) -> CheckRow:
    case, evidence = result.case, result.evidence
    return CheckRow(
        id=case.id,
        source=case.source.name,
        estimator=case.source.estimator,
        problem=case.problem,
        claim=str(case.claim),
        n_samples=case.source.n_samples,
        seed=outcome.settings.seed,
        verdict=str(result.verdict),
        message=result.message,
        n_replicates=result.n_replicates,
        planned_replicates=result.plan.n_replicates,
        tolerance=evidence.tolerance,
        tolerance_share=result.plan.detectable,
        measured=evidence.measured,
        expected=evidence.expected,
        log_e_refute=_capped(result.log_e_refute),
        log_e_certify=_capped(result.log_e_certify),
        hidden=evidence.hidden,
        figures=evidence.figures,
        seconds=round(result.seconds, 3),
        replay=f"{command} --only '{case.id}'",
    )


def _diagnosis_row(found: Diagnosis) -> DiagnosisRow:
    fault = found.fault
    parameter = None if fault.parameter is None else fault.parameter.name
    return DiagnosisRow(fault.name, parameter, found.interval, fault.cause, fault.mend, mended_verdict=None)


def _capped(log_e: float | None) -> float | None:
    return None if log_e is None else max(-LOG_E_CAP, min(LOG_E_CAP, log_e))


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
