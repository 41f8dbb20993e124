"""Failures that are expected: how they are read, what they match, what they make of a verdict."""

import pytest

from lara_verify.expected import (
    ExpectedError,
    ExpectedFailure,
    counted,
    read_expected,
    reason_for,
    refuse_unmatched,
    sentence,
    token,
)
from lara_verify.project_file import ProjectFileError
from lara_verify.verdict import Verdict

OWN = '[[xfail]]\ncase = "candidate/ra/unbiased"\nreason = "issue 12"\ntarget = "a.py:ra"\n'


def test_verdicts_that_were_expected_and_verdicts_that_were_not():
    said = {verdict: token(verdict, "known") for verdict in Verdict}
    assert said == {v: str(v) for v in Verdict} | {Verdict.REFUTED: "xfail", Verdict.CERTIFIED: "xpass"}
    assert all(token(verdict, None) == str(verdict) for verdict in Verdict)
    assert counted(Verdict.REFUTED, "known") is Verdict.CERTIFIED
    assert counted(Verdict.CERTIFIED, "known") is Verdict.REFUTED
    assert counted(Verdict.UNDECIDED, "known") is Verdict.UNDECIDED
    assert sentence("it is off", Verdict.REFUTED, "issue 12") == "it is off (expected: issue 12)"
    assert sentence("it holds", Verdict.CERTIFIED, "issue 12") == "it holds; expected to be refuted: issue 12"
    assert sentence("it holds", Verdict.CERTIFIED, None) == "it holds"


def test_the_first_that_matches_gives_the_reason():
    expected = (ExpectedFailure("*/P1/*", "first"), ExpectedFailure("S=1", "second"))
    assert reason_for("candidate/ra/unbiased/P1/S=1", expected) == "first"
    assert reason_for("candidate/ra/unbiased/P0/S=1", expected) == "second"
    assert reason_for("candidate/ra/unbiased/P0/S=16", expected) is None


def test_a_file_and_pyproject_say_the_same(tmp_path):
    (tmp_path / "known.toml").write_text(OWN)
    (tmp_path / "pyproject.toml").write_text(OWN.replace("[[xfail]]", "[[tool.lara-verify.xfail]]"))
    (tmp_path / "deep" / "er").mkdir(parents=True)
    own = (ExpectedFailure("candidate/ra/unbiased", "issue 12", "a.py:ra"),)
    assert read_expected(tmp_path / "known.toml", "a.py:ra", tmp_path) == own
    assert read_expected(None, "a.py:ra", tmp_path / "deep" / "er") == own
    assert read_expected(None, "b.py:ra", tmp_path) == ()
    assert read_expected(None, None, tmp_path) == ()


def test_without_pyproject_or_entries_nothing_is_expected(tmp_path):
    assert read_expected(None, None, tmp_path) == ()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert read_expected(None, None, tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("xfail = 3", "is no list of tables; expected"),
        ("xfail = [3]", "number 1 in .* is 3; expected a table"),
        ('[[xfail]]\ncase = "a"', "has no reason"),
        ('[[xfail]]\ncase = " "\nreason = "b"', "has no case"),
        ('[[xfail]]\ncase = "a"\nreason = "b"\nwhy = "c"', "has 'why'; expected case, reason"),
        ('[[xfail]]\ncase = "a"\nreason = "b"\ntarget = 1', "has target 1"),
        ("xfail =", "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path, text, said):
    (tmp_path / "known.toml").write_text(text)
    with pytest.raises(ProjectFileError, match=said) as error:
        read_expected(tmp_path / "known.toml", None, tmp_path)
    assert "\n" not in str(error.value)
    with pytest.raises(ProjectFileError, match=r"no\.toml cannot be read: No such file"):
        read_expected(tmp_path / "no.toml", None, tmp_path)
    (tmp_path / "pyproject.toml").write_text("tool = 1")
    with pytest.raises(ProjectFileError, match=r"tool in .* is no table"):
        read_expected(None, None, tmp_path)


def test_one_that_matches_nothing_is_refused():
    expected = (ExpectedFailure("P1", "known"), ExpectedFailure("P9", "gone"))
    refuse_unmatched(expected[:1], ["a/P1/S=1"])
    with pytest.raises(ExpectedError, match=r"xfail 'P9' \(gone\) matches none of the 1 cases"):
        refuse_unmatched(expected, ["a/P1/S=1"])
