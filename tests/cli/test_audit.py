"""``lara-verify audit``: what it prints, its exit codes, and mistakes of the caller."""

import subprocess

import pytest

from lara_verify.cli.audit import audit

TESTS = """
import random

def test_flaky():
    assert random.random() > 0.3

def test_steady():
    assert random.random() >= 0
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "test_mine.py"
    path.write_text(TESTS, encoding="utf-8")
    return path


def test_a_test_is_judged(command, file):
    """It fails in .3 of runs, where .05 are allowed: 200 runs that do not show it have a chance below 1e-8."""
    words = [*command, "audit", f"{file}::test_flaky", "--workers", "1"]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert (ran.returncode, ran.stderr) == (1, "")
    lines = ran.stdout.splitlines()
    assert lines[0].startswith("refuted    as it is               fails ")
    assert lines[-1] == "  it has no argument attention or estimator, so what it lets through was not tried"


@pytest.mark.parametrize(
    ("test", "options", "said"),
    [
        ("nowhere.py::test", {}, "there is no file nowhere.py"),
        ("{}", {}, "names no test; expected path/to/test_file.py::test_name"),
        ("{}::test_steady", {"claimed": "softmax"}, "--as is softmax; expected one of ra, rfa, lara"),
        ("{}::test_steady", {"runs": 0}, "--runs is 0; expected at least 1"),
        ("{}::test_steady", {"level": 1.0}, "--level is 1; expected a probability between 0 and 1"),
        ("{}::test_steady", {"seed": -1}, "--seed is -1; expected a non-negative integer"),
        ("{}::test_steady", {"time_limit": 0.0}, "--time-limit is 0; expected a positive number of seconds"),
        ("{}::test_steady", {"workers": 0}, "--workers is 0; expected at least 1"),
        ("{}::test_none", {"workers": 1}, "cannot be rerun: ERROR: not found: "),
    ],
)
def test_a_mistake_is_told_in_one_sentence(capsys, file, test, options, said):
    assert audit(test.format(file), **options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("lara-verify: ")
    assert said in err
    assert err.count("\n") == 1
