"""junit.xml: a test case for each case, as CI servers read it."""

import re
from collections.abc import Iterator
from typing import Any

from junitparser import Error, Failure, JUnitXml, Property, Skipped, TestCase, TestSuite
from junitparser.junitparser import Properties

from lara_verify.report.results import CheckRow, Results

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

PASSED = ("certified", "xfail")


def as_junit(results: Results) -> bytes:
    """The results as JUnit XML: refuted is a failure, error an error; undecided and skipped are skipped, saying why."""
    suite = TestSuite(_clean(results.command))
    for name, value in _of_run(results):
        suite.add_property(name, _clean(value))
    suite.add_testcases([_test_case(check) for check in results.checks])
    # the seconds of a case are its trial's, which it shares with others: their sum would count them twice
    suite.time = results.seconds
    xml: Any = JUnitXml("lara-verify")  # the library is typed in part
    xml.append(suite)
    xml.update_statistics()
    suite.time = xml.time = results.seconds
    return bytes(xml.tostring())


def _test_case(check: CheckRow) -> Any:
    case: Any = TestCase(_clean(check.id), _clean(f"{check.source}.{check.estimator}.{check.claim}"), check.seconds)
    message = _clean(check.message)
    if check.verdict in ("refuted", "xpass"):
        outcome = Failure(message, check.verdict)
        outcome.text = _clean(f"{check.message}\nagain: {check.replay}")
        case.result = [outcome]
    elif check.verdict == "error":
        case.result = [Error(message, check.verdict)]
    elif check.verdict not in PASSED:
        case.result = [Skipped(f"{check.verdict}: {message}", check.verdict)]
    kind: Any = Properties
    properties = kind()
    for name, value in _of_case(check):
        properties.add_property(Property(name, _clean(value)))
    case.append(properties)
    return case


def _of_run(results: Results) -> Iterator[tuple[str, str]]:
    yield "tool_version", results.tool_version
    yield "verdict", results.verdict
    for name in ("alpha", "beta", "profile", "seed"):
        yield name, str(getattr(results, name))


def _of_case(check: CheckRow) -> Iterator[tuple[str, str]]:
    yield "verdict", check.verdict
    yield "message", check.message
    for name in ("seed", "n_replicates", "log_e_refute", "log_e_certify", "measured", "expected", "tolerance"):
        value = getattr(check, name)
        if value is not None:
            yield name, str(value)
    yield "replay", check.replay


def _clean(text: str) -> str:
    """``text`` without the characters that XML cannot hold."""
    return _NOT_XML.sub("�", text)
