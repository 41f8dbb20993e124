"""What GitHub Actions is told, and that nobody else is told anything."""

import re

import pytest

from lara_verify.report.github import MOST_ANNOTATIONS, tell_github
from lara_verify.report.results import DiagnosisRow

COMMAND = re.compile(r"::error (?:file=(?P<file>[^,:]*),)?title=(?P<title>[^,:]*)::(?P<data>[^\r\n]*)")


def read(line):
    """A command as the runner reads it: file, title and message."""
    found = COMMAND.fullmatch(line)
    assert found, line

    def unescaped(text):
        for letter in ",:\n\r%":  # the percent sign last, as the runner does
            text = text.replace(f"%{ord(letter):02X}", letter)
        return text

    return tuple(None if part is None else unescaped(part) for part in found.group("file", "title", "data"))


@pytest.fixture
def refuted(make_results, make_check):
    """A report of one refutation with its cause."""
    cause = DiagnosisRow("zeros", None, None, "the output is zero", "compute the estimator", None)
    return make_results([make_check(verdict="refuted"), make_check("P2")], diagnosis=[cause])


def test_a_refutation_is_an_annotation_with_cause_and_replay(refuted, capsys):
    tell_github(refuted, environ={"GITHUB_ACTIONS": "true"})
    (line,) = capsys.readouterr().out.splitlines()
    place, title, message = read(line)
    assert (place, title) == (None, "refuted: reference/ra/unbiased/P1/S=16")
    assert message.split("\n") == [
        "mean of output[3, 7] on P1 is .1832, exact .1625",
        "cause: zeros: the output is zero",
        "mend: compute the estimator",
        "again: lara-verify run --quick --only 'reference/ra/unbiased/P1/S=16'",
    ]


@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": ""}, {"GITHUB_ACTIONS": "false"}, {"CI": "true"}])
def test_elsewhere_nothing_is_said(refuted, capsys, environ):
    tell_github(refuted, "a.py:f", environ)
    assert capsys.readouterr() == ("", "")


def test_what_is_not_refuted_is_no_annotation(make_results, make_check, capsys):
    verdicts = ("certified", "xfail", "undecided", "skipped", "error", "xpass")
    tell_github(make_results([make_check(verdict=v) for v in verdicts]), environ={"GITHUB_ACTIONS": "true"})
    assert [read(line)[1][:6] for line in capsys.readouterr().out.splitlines()] == ["xpass:"]


def test_no_more_than_are_shown(make_results, make_check, capsys):
    checks = [make_check(f"P{i}", verdict="refuted") for i in range(40)]
    tell_github(make_results(checks), environ={"GITHUB_ACTIONS": "true"})
    assert len(capsys.readouterr().out.splitlines()) == MOST_ANNOTATIONS


@pytest.mark.parametrize("text", ["a::set-env name=b::c", "100 %, or so: 5%25", "one\r\n::error::two\n", "é,\ud800"])
def test_hostile_text_stays_where_it_is(make_results, make_check, capsys, text):
    check = make_check(verdict="refuted", id=text, message=text, replay=text)
    tell_github(make_results([check]), environ={"GITHUB_ACTIONS": "true"})
    shown = text.replace("\ud800", "?")
    written = capsys.readouterr().out
    assert written.count("\n") == 1
    assert read(written[:-1]) == (None, f"refuted: {shown}", f"{shown}\nagain: {shown}")


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("lib/odd,name.py:f", "lib/odd,name.py"),
        ("{}/lib/attn.py:f", "lib/attn.py"),
        ("../other/attn.py:f", None),
        ("lib.attn:f", None),
        ("command: python attn.py", None),
        (None, None),
    ],
)
def test_it_stands_at_the_file_of_the_target(refuted, capsys, tmp_path, monkeypatch, target, file):
    monkeypatch.chdir(tmp_path)
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(tmp_path)}
    tell_github(refuted, target and target.format(tmp_path), environ)
    assert read(capsys.readouterr().out[:-1])[0] == file


def test_the_summary_is_added_to_what_is_there(refuted, capsys, tmp_path):
    summary = tmp_path / "summary.md"
    summary.write_text("# before\n", encoding="utf-8")
    tell_github(refuted, environ={"GITHUB_STEP_SUMMARY": str(summary)})
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# before\n## lara-verify: refuted\n")
    assert text.endswith("\n\n")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("path", ["{}", "{}/none/summary.md", "{}/\0"])
def test_a_summary_that_cannot_be_written_is_one_line(refuted, capsys, tmp_path, path):
    tell_github(refuted, environ={"GITHUB_STEP_SUMMARY": path.format(tmp_path)})
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lara-verify: no summary was written to GITHUB_STEP_SUMMARY: ")
    assert err.count("\n") == 1
