"""Expected failures on the command line: xfail exits with 0, xpass with 1, one that matches nothing with 2."""

import pytest

ONE = ["--quick", "--only", "candidate/ra/unbiased/P0/S=1"]


@pytest.fixture
def known(tmp_path):
    """Write a list with one expected failure and return its path."""

    def write(case, target):
        path = tmp_path / "known.toml"
        path.write_text(f'[[xfail]]\ncase = "{case}"\nreason = "issue 12"\ntarget = "{target}"\n')
        return str(path)

    return write


def test_a_known_failure_counts_as_certified_and_is_shown(lara_verify, stranger, known):
    target = stranger("wrong:zeros")
    ran = lara_verify("check", target, "--as", "ra", *ONE, "--xfail", known("unbiased/P0/S=1", target))
    assert ran.code == 0, ran.out
    (row,) = ran.results["checks"]
    assert row["verdict"] == "xfail"
    assert row["message"].endswith("(expected: issue 12)")
    assert ran.results["verdict"] == "certified"
    assert "--xfail" in ran.results["command"]
    assert "xfail      candidate/ra/unbiased/P0/S=1" in ran.out
    replayed = lara_verify("replay", row["id"], "--from", str(ran.folder), out="again")
    assert replayed.code == 0
    assert "same as in the report, to the bit" in replayed.out


def test_a_failure_that_no_longer_comes_is_refuted(lara_verify, stranger, known):
    target = stranger("right:ra")
    ran = lara_verify("check", target, "--as", "ra", *ONE, "--xfail", known("unbiased/P0/S=1", target))
    assert ran.code == 1, ran.out
    (row,) = ran.results["checks"]
    assert row["verdict"] == "xpass"
    assert "expected to be refuted: issue 12" in ran.out


def test_a_pattern_that_matches_nothing_is_a_mistake(lara_verify, stranger, known):
    target = stranger("right:ra")
    ran = lara_verify("check", target, "--as", "ra", "--xfail", known("unbiased/P77", target))
    assert (ran.code, ran.out) == (2, "")
    assert "xfail 'unbiased/P77' (issue 12) matches none of the" in ran.err
    assert not ran.folder.exists()
