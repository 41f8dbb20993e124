"""What report.html shows, in the order shown: results arranged so that templates have nothing left to decide."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from lara_verify.checks.values import odds
from lara_verify.report.plots import EvidencePlot, MeasurementPlot, Trace, evidence_plot, measurement_plot
from lara_verify.report.results import LOG_E_CAP, CheckRow, DiagnosisRow, Environment, LedgerRow, Results

ORDER = ("refuted", "xpass", "error", "undecided", "skipped", "xfail", "certified")
"""Verdicts as a reader wants them: first what is wrong, last what is right."""

SENTENCES = {
    "certified": "All that was judged holds, to the tolerance stated with each case.",
    "refuted": "Something that is claimed does not hold.",
    "undecided": "Nothing is refuted, and not everything could be shown: a limit came first.",
    "error": "The verifier itself failed on some cases; that says nothing about what it judged.",
}

CLAIMS = {
    "protocol": "every call returns a finite array of the right shape and type",
    "seed_honoured": "equal seeds give equal outputs, different seeds different ones",
    "inputs_intact": "no call changes its arguments",
    "no_leak": "masked keys, other batch items and the future change nothing",
    "bounded": "outputs stay in the hull of the values",
    "unbiased": "the mean is softmax attention's",
    "mean_at_n_samples": "the mean is the one known for this number of samples",
    "bias_rate": "the bias falls as one over the number of samples",
    "consistent": "errors centre on zero as samples grow",
    "mse_at_n_samples": "errors are as small as this number of samples makes them",
    "mse_below": "the mean squared error is smaller than the other's",
    "variance_rate": "the variance falls as one over the number of samples",
    "variance_order": "the variances are in the order claimed",
    "kernel_unbiased": "the mean of the features is the exponential kernel",
    "gradient": "gradients have the right mean",
    "symmetry": "an exact symmetry is kept",
    "limit": "a limit is reached",
    "linear_cost": "cost grows linearly with the length",
    "coverage": "errors stay within ε in all but a share δ of draws",
    "cross_check": "two implementations agree on the same noise, up to rounding",
}


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as its part of the page shows it; ``facts`` are pairs of name and number."""

    row: CheckRow
    anchor: str
    evidence: EvidencePlot | None
    measurement: MeasurementPlot | None
    evidence_said: str
    measurement_said: str
    facts: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """What tells it from the others of its claim and source."""
        return f"{self.row.estimator} on {self.row.problem}, S\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{self.row.n_samples}"


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one claim that ended alike, by source."""

    claim: str
    meaning: str
    sources: tuple[tuple[str, tuple[CaseView, ...]], ...]

    @property
    def count(self) -> int:
        """How many cases it has."""
        return sum(len(cases) for _, cases in self.sources)


@dataclass(frozen=True, slots=True)
class Section:
    """All groups of one verdict; ``unreached`` are its cases on which nothing was drawn."""

    verdict: str
    groups: tuple[Group, ...]
    unreached: tuple[CheckRow, ...]

    @property
    def count(self) -> int:
        """How many cases it has."""
        return sum(group.count for group in self.groups) + len(self.unreached)


@dataclass(frozen=True, slots=True)
class Page:
    """The whole of report.html."""

    results: Results
    sentence: str
    alpha_odds: str
    beta_odds: str
    sections: tuple[Section, ...]
    diagnosis: tuple[DiagnosisRow, ...]
    ledger: tuple[tuple[LedgerRow, str], ...]
    environment: tuple[tuple[str, str], ...]
    versions: str
    replicates: int


def page_of(results: Results, traces: Mapping[str, Trace]) -> Page:
    """Arrange results; ``traces`` has the evidence over replicates of the cases that are statistical, by id."""
    shares = {row.id: row for row in results.ledger}
    verdicts = {check.id: check.verdict for check in results.checks}
    number = {check.id: f"case-{i}" for i, check in enumerate(results.checks, 1)}

    def view(check: CheckRow) -> CaseView:
        share = shares.get(check.id) or LedgerRow(check.id, results.alpha, results.beta)
        return _case(check, number[check.id], traces.get(check.id, ()), share)

    def section(verdict: str) -> Section:
        chosen = [check for check in results.checks if check.verdict == verdict]
        bare = [check for check in chosen if verdict in ("undecided", "skipped") and check.n_replicates == 0]
        return Section(verdict, _groups([view(c) for c in chosen if c not in bare]), tuple(bare))

    return Page(
        results,
        SENTENCES.get(results.verdict, ""),
        odds(results.alpha),
        odds(results.beta),
        tuple(s for s in map(section, ORDER) if s.count),
        tuple(results.diagnosis),
        tuple((row, verdicts.get(row.id, "not run")) for row in results.ledger),
        tuple((field, _named(getattr(results.environment, field))) for field in results.environment.__struct_fields__),
        _versions(results.environment),
        sum(check.n_replicates for check in results.checks),
    )


def _groups(cases: Iterable[CaseView]) -> tuple[Group, ...]:
    """By claim and then source, each in the order in which it first occurs."""
    cases = list(cases)
    claims = list(dict.fromkeys(case.row.claim for case in cases))
    sources = list(dict.fromkeys(case.row.source for case in cases))
    rank = {case.anchor: (claims.index(case.row.claim), sources.index(case.row.source)) for case in cases}
    cases.sort(key=lambda case: rank[case.anchor])
    return tuple(
        Group(
            claim,
            CLAIMS.get(claim, ""),
            tuple((source, tuple(own)) for source, own in groupby(of_claim, lambda case: case.row.source)),
        )
        for claim, of_claim in groupby(cases, lambda case: case.row.claim)
    )


def _case(check: CheckRow, anchor: str, trace: Trace, share: LedgerRow) -> CaseView:
    figures = dict(check.figures)
    interval = _interval(check, figures)
    limits = {
        name: figures[key]
        for key, name in (("refuted_above", "refuted above"), ("certified_below", "certified below"))
        if key in figures
    }
    measurement = measurement_plot(check.measured, check.expected, check.tolerance, interval, limits)
    return CaseView(
        check,
        anchor,
        evidence_plot(trace, share.alpha, share.beta),
        measurement,
        f"Evidence over {check.n_replicates:,} replicates, natural logarithms. "
        f"Against the claim: {_log(check.log_e_refute)}, refuted at {-math.log(share.alpha):.1f}. "
        f"For it: {_log(check.log_e_certify)}, certified at {-math.log(share.beta):.1f}.",
        f"Measured {_number(check.measured)}, interval {_span(interval)}; expected {_number(check.expected)}.",
        tuple(_facts(check, interval, figures)),
    )


def _facts(
    check: CheckRow, interval: tuple[float, float] | None, figures: dict[str, float]
) -> Iterable[tuple[str, str]]:
    if check.measured is not None:
        yield "measured", _number(check.measured)
        if interval is not None:
            yield "interval", _span(interval)
        if check.expected is not None:
            yield "expected", _number(check.expected)
    if check.tolerance is not None:
        share = "" if check.tolerance_share is None else f" ({check.tolerance_share:.2%} of the range)"
        yield "tolerance", f"{check.tolerance:.4g}{share}"
    if check.hidden is not None:
        yield "could be hidden", f"{check.hidden:.2%} of the range"
    if check.log_e_refute is not None:
        yield "log evidence against", _log(check.log_e_refute)
    if check.log_e_certify is not None:
        yield "log evidence for", _log(check.log_e_certify)
    planned = f" of {check.planned_replicates:,} planned" if check.planned_replicates else ""
    yield "replicates", f"{check.n_replicates:,}{planned}"
    for name, figure in figures.items():
        stem = name.removesuffix("_low")
        if stem != name and f"{stem}_high" in figures:
            yield stem.replace("_", " "), _span((figure, figures[f"{stem}_high"]))
        elif f"{name.removesuffix('_high')}_low" not in figures:
            yield name.replace("_", " "), _number(figure)


def _interval(check: CheckRow, figures: dict[str, float]) -> tuple[float, float] | None:
    """Take from ``figures`` the interval of what was measured: so named, or named after the figure that it is.

    One that does not hold the measurement is in another unit, and stays a figure.
    """
    if check.measured is None:
        return None
    names = ["interval", *(f"{name}_interval" for name, figure in figures.items() if figure == check.measured)]
    for name in names:
        if figures.get(f"{name}_low", math.inf) <= check.measured <= figures.get(f"{name}_high", -math.inf):
            return figures.pop(f"{name}_low"), figures.pop(f"{name}_high")
    return None


def _versions(environment: Environment) -> str:
    torch = "no torch" if environment.torch is None else f"torch {environment.torch} on {environment.device}"
    return f"Python {environment.python}, NumPy {environment.numpy}, {torch}"


def _log(log_e: float | None) -> str:
    if log_e is None:
        return "none"
    if abs(log_e) >= LOG_E_CAP:
        return "certain" if log_e > 0 else "none"
    return f"{log_e + 0.0:.2f}" if abs(log_e) >= 0.005 else "0"


def _named(value: object) -> str:
    return "not installed" if value is None else str(value)


def _number(number: float | None) -> str:
    return "none" if number is None else f"{number:.5g}"


def _span(interval: tuple[float, float] | None) -> str:
    return "none" if interval is None else f"{_number(interval[0])} to {_number(interval[1])}"
