"""Reports made by hand, for tests of what presents them."""

import pytest

from lara_verify.report.results import CheckRow, Environment, LedgerRow, Results

ENVIRONMENT = Environment("3.11.9", "2.1.0", None, "Linux", "cpu", 2)


@pytest.fixture
def make_check():
    """A case; what it is not told, it makes up."""

    def make(problem="P1", *, verdict="certified", estimator="ra", claim="unbiased", source="reference", **fields):
        known = {
            "id": f"{source}/{estimator}/{claim}/{problem}/S=16",
            "n_samples": 16,
            "seed": 0,
            "message": f"mean of output[3, 7] on {problem} is .1832, exact .1625",
            "n_replicates": 441,
            "planned_replicates": 12_472,
            "tolerance": 0.01,
            "tolerance_share": 0.01,
            "measured": 0.1832,
            "expected": 0.1625,
            "log_e_refute": 19.5,
            "log_e_certify": -3.25,
            "hidden": 0.03,
            "figures": {"standard_error": 0.001, "interval_low": 0.17, "interval_high": 0.19},
            "seconds": 1.5,
        }
        known["replay"] = f"lara-verify run --quick --only '{fields.get('id', known['id'])}'"
        names = {"source": source, "estimator": estimator, "problem": problem, "claim": claim, "verdict": verdict}
        return CheckRow(**(names | known | fields))

    return make


@pytest.fixture
def make_results():
    """A report of cases, of which those in ``deselected`` are declared and not run."""

    def make(checks, *, verdict="refuted", deselected=(), **fields):
        ids = [*(check.id for check in checks), *deselected]
        known = {
            "schema_version": 1,
            "tool_version": "0.1.0",
            "command": "lara-verify run --quick",
            "alpha": 1e-6,
            "beta": 1e-6,
            "profile": "quick",
            "seed": 0,
            "seconds": 7.25,
            "environment": ENVIRONMENT,
            "ledger": [LedgerRow(i, 1e-6 / len(ids), 1e-6 / len(ids)) for i in ids],
            "checks": list(checks),
            "diagnosis": [],
            "coverage_note": "Certified means: shown for the problems listed.",
        }
        return Results(**(known | {"verdict": verdict} | fields))

    return make
