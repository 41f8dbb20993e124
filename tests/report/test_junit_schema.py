"""junit.xml against a schema of the format: what it has beyond it is known, and nothing else is."""

import io
import re
from pathlib import Path

import pytest
import xmlschema

from lara_verify.report.junit import as_junit

VERDICTS = ("certified", "xfail", "refuted", "xpass", "error", "undecided", "skipped")

BEYOND = {
    ("/testsuites", "'skipped' attribute not allowed for element"),
    ("/testsuites/testsuite/testcase", "Unexpected child with tag 'properties'"),
}
"""What the schema does not know and servers read or pass over; pytest writes the latter too, of ``record_property``."""

HOSTILE = 'a <b> & "c" \x00\x1b[31m \ud800 ]]> </testcase> é\u2028\n\t'


@pytest.fixture(scope="module")
def faults_of():
    """What the schema says against a file: where, without numbers, and what."""
    schema = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))

    def faults(xml):
        found = schema.iter_errors(io.BytesIO(xml))
        return {(re.sub(r"\[\d+\]", "", e.path), re.sub(r" at position \d+\.$", "", e.reason)) for e in found}

    return faults


def test_a_report_has_only_what_is_known(faults_of, make_results, make_check):
    checks = [make_check(f"P{i}", verdict=verdict, seconds=0.0) for i, verdict in enumerate(VERDICTS)]
    assert faults_of(as_junit(make_results(checks))) == BEYOND


def test_hostile_text_changes_nothing(faults_of, make_results, make_check):
    checks = [
        make_check(verdict=v, id=HOSTILE + v, message=HOSTILE, source=HOSTILE, replay=HOSTILE, seconds=1e-3)
        for v in VERDICTS
    ]
    assert faults_of(as_junit(make_results(checks, command=HOSTILE, tool_version=HOSTILE, seconds=0.001))) == BEYOND


def test_a_report_without_cases_is_one(faults_of, make_results):
    assert faults_of(as_junit(make_results([]))) <= BEYOND


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('failures="1"', 'failures="one"'),
        ('time="1.5"', 'time="1.5 s"'),
        ('time="1.5"', 'time="-1.5"'),
        ("<failure", "<fault"),
        ('<testcase name="', '<testcase nom="'),
    ],
)
def test_the_schema_finds_what_is_wrong(faults_of, make_results, make_check, old, new):
    xml = as_junit(make_results([make_check(verdict="refuted")])).decode()
    assert old in xml
    wrong = xml.replace(old, new).replace("</failure", "</fault" if "fault" in new else "</failure")
    assert faults_of(wrong.encode()) - BEYOND
