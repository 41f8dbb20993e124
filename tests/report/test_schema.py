"""The published JSON Schemas: made of the structs, and what a report is held to."""

import runpy
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from lara_verify.report.folder import as_json
from lara_verify.report.results import DiagnosisRow
from lara_verify.report.schema import NAMES, published

WRITER = Path(__file__).with_name("write_schemas.py")


@pytest.fixture
def faults_of():
    """What a validator says of a report, as paths; the report is the JSON of its file."""
    validator = Draft202012Validator(msgspec.json.decode(published("results")))

    def faults(report):
        return [error.json_path for error in validator.iter_errors(report)]

    return faults


@pytest.fixture
def report(make_results, make_check):
    """results.json of a refuted candidate, decoded."""
    checks = [
        make_check(verdict="refuted"),
        make_check("P2", log_e_refute=None, log_e_certify=None, tolerance=None, hidden=None, figures={}),
    ]
    causes = [
        DiagnosisRow("noise-scale", "scale", (0.89, 0.91), "the noise is scaled", "draw w from N(0, I)", None),
        DiagnosisRow("zeros", None, None, "the output is zero", "compute the estimator", "certified"),
    ]
    return msgspec.json.decode(as_json(make_results(checks, diagnosis=causes)))


def test_what_is_published_is_what_the_structs_say():
    made = runpy.run_path(str(WRITER))["schemas"]()
    assert set(made) == set(NAMES)
    old = [name for name in NAMES if published(name).encode() != made[name]]
    assert not old, f"the schema of {', '.join(old)} is out of date: python tests/report/write_schemas.py"


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_one_and_has_a_name_of_its_own(name):
    schema = msgspec.json.decode(published(name))
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:lara-verify:{name}:1"


def test_a_report_is_valid(faults_of, report):
    assert faults_of(report) == []


def test_a_field_more_is_no_fault(faults_of, report):
    report["checks"][0]["figures"]["new"] = 1.5
    report["later"] = report["checks"][0]["later"] = "added"
    assert faults_of(report) == []


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        ((), "schema_version", 2),
        ((), "verdict", "CERTIFIED"),
        ((), "checks", {}),
        (("checks", 0), "verdict", "passed"),
        (("checks", 0), "claim", "beautiful"),
        (("checks", 0), "measured", "0.5"),
        (("checks", 0), "n_replicates", 1.5),
        (("checks", 0, "figures"), "chi2", None),
        (("ledger", 0), "alpha", None),
        (("diagnosis", 0), "interval", [1.0]),
        (("diagnosis", 1), "mended_verdict", "mended"),
        (("environment",), "torch", 2),
    ],
)
def test_a_wrong_value_is_told_where_it_stands(faults_of, report, where, field, value):
    row = report
    for step in where:
        row = row[step]
    row[field] = value
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (*where, field))
    assert faults_of(report) == [f"${path}"]


@pytest.mark.parametrize("field", ["verdict", "ledger", "checks", "coverage_note"])
def test_a_missing_field_is_a_fault(faults_of, report, field):
    del report[field]
    assert faults_of(report) == ["$"]
