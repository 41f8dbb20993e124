"""junit.xml: what a CI server makes of a report."""

import io

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped

from lara_verify.report.junit import as_junit


def read(results):
    return list(JUnitXml.fromfile(io.BytesIO(as_junit(results))))


def properties(case):
    return {p.name: p.value for group in case.iterchildren(type(case)) for p in group}


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("certified", None),
        ("xfail", None),
        ("refuted", Failure),
        ("xpass", Failure),
        ("error", Error),
        ("undecided", Skipped),
        ("skipped", Skipped),
    ],
)
def test_a_verdict_is_what_a_server_knows(make_results, make_check, verdict, kind):
    check = make_check(verdict=verdict)
    (suite,) = read(make_results([check]))
    (case,) = suite
    assert (case.name, case.classname, case.time) == (check.id, "reference.ra.unbiased", 1.5)
    assert [type(result) for result in case.result] == ([] if kind is None else [kind])
    if kind is not None:
        assert check.message in case.result[0].message
    if kind is Failure:
        assert check.replay in case.result[0].text


def test_counts_and_times(make_results, make_check):
    verdicts = ("certified", "refuted", "refuted", "undecided", "error")
    (suite,) = read(make_results([make_check(f"P{i}", verdict=v) for i, v in enumerate(verdicts)]))
    assert (suite.tests, suite.failures, suite.skipped, suite.errors) == (5, 2, 1, 1)
    assert suite.time == 7.25
    assert {p.name: p.value for p in suite.properties()}["seed"] == "0"


def test_figures_are_properties_of_the_case(make_results, make_check):
    text = as_junit(make_results([make_check(verdict="refuted", expected=None)])).decode()
    for name, value in (("n_replicates", 441), ("log_e_refute", 19.5), ("log_e_certify", -3.25), ("seed", 0)):
        assert f'<property name="{name}" value="{value}"' in text
    assert 'name="replay" value="lara-verify run' in text
    assert 'name="expected"' not in text


def test_hostile_text_leaves_valid_xml(make_results, make_check):
    message = 'a <b> & "c" \x00\x1b[31m \ud800 ]]> é'
    check = make_check(verdict="refuted", message=message, source="x<y>\x07")
    (suite,) = read(make_results([check], command="\x08"))
    (case,) = suite
    assert case.classname == "x<y>�.ra.unbiased"
    assert case.result[0].message == 'a <b> & "c" ��[31m � ]]> é'
