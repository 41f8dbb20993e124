"""The plugin, on a user's two-line test file."""

import shlex
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

CANDIDATES = Path(__file__).parent / "candidates"

TEST = """
from lara_verify.pytest_plugin import parametrize_with_checks

@parametrize_with_checks({target!r}, claimed="ra")
def test_ra(check):
    check()
"""

XFAIL = '[[tool.lara-verify.xfail]]\ncase = "{case}"\nreason = "issue 12"\ntarget = {target!r}\n'


@pytest.fixture
def suite(pytester):
    """Write the test file, and what pyproject.toml expects to fail; the outcome of the means on P0."""

    def run(name, case=None, *words):
        target = f"{CANDIDATES / name.partition(':')[0]}.py:{name.partition(':')[2]}"
        pytester.makepyfile(TEST.format(target=target))
        if case is not None:
            (pytester.path / "pyproject.toml").write_text(XFAIL.format(case=case, target=target))
        return pytester.runpytest_subprocess("-k", "unbiased and P0", "-rx", "-p", "no:cacheprovider", *words)

    return run


def test_a_right_candidate_passes_an_item_a_case(suite):
    suite("right:ra").assert_outcomes(passed=2, deselected=19)  # S=1 and S=16 on P0


def test_a_wrong_one_fails_with_the_sentence(suite):
    ran = suite("wrong:zeros")
    ran.assert_outcomes(failed=2, deselected=19)
    ran.stdout.fnmatch_lines(["*refuted: mean of output*on P0*"])


def test_what_is_expected_to_fail_is_an_xfail(suite):
    ran = suite("wrong:zeros", "unbiased/P0")
    ran.assert_outcomes(xfailed=2, deselected=19)
    ran.stdout.fnmatch_lines(["*expected: issue 12*"])


def test_and_strictly(suite):
    ran = suite("right:ra", "unbiased/P0")
    ran.assert_outcomes(failed=2, deselected=19)
    ran.stdout.fnmatch_lines(["*xpass:*expected to be refuted: issue 12*"])


def test_an_expectation_that_matches_nothing_is_an_error(suite):
    ran = suite("right:ra", "P77")
    ran.assert_outcomes(errors=1)
    ran.stdout.fnmatch_lines(["*matches none of the*"])


def properties(file):
    """Of every item of a JUnit file, by the item's name."""
    return {
        case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
        for case in ET.parse(file).iter("testcase")
    }


def test_workers_come_to_what_one_process_comes_to(suite, pytester):
    """Two items of one trial, one on each worker: the same draws, shares and verdicts, each counted once."""
    found, trial = [], "(bounded or unbiased) and P0 and 16"
    for n in "02":
        ran = suite("wrong:zeros", None, "-k", trial, "--junitxml", "items.xml", "-n", n)
        ran.assert_outcomes(failed=2)
        ran.stdout.fnmatch_lines(
            ["*test_ra: *wrong.py:zeros --as ra --quick: 21 cases declared, alpha 1e-06 and beta 1e-06*, seed 0: *"]
        )
        ran.stdout.fnmatch_lines(["*: 2 refuted, 19 not run"])
        found.append(properties(pytester.path / "items.xml"))
    assert found[0] == found[1]
    assert set(found[0]) == {f"test_ra[candidate/ra/{claim}/P0/S=16]" for claim in ("bounded", "unbiased")}
    for held in found[0].values():
        assert float(held["alpha"]) == float(held["beta"]) == 1e-6 / 21
        assert held["verdict"] == "refuted"
        assert int(held["n_replicates"]) > 0


def test_the_seed_is_that_of_the_command_line_and_the_replay_repeats_it(suite, pytester, tmp_path):
    suite("wrong:zeros", None, "--junitxml", "items.xml", "--lara-seed", "3")
    held = properties(pytester.path / "items.xml")["test_ra[candidate/ra/unbiased/P0/S=16]"]
    assert held["seed"] == "3"
    program, *words = shlex.split(held["replay"])
    command = [Path(sys.executable).with_name(program), *words, "--out", str(tmp_path / "report"), "--workers", "1"]
    assert subprocess.run(command, capture_output=True, timeout=300, check=False).returncode == 1
    (check,) = msgspec.json.decode((tmp_path / "report" / "results.json").read_bytes())["checks"]
    assert (check["verdict"], str(check["n_replicates"])) == (held["verdict"], held["n_replicates"])


def test_what_is_open_at_the_time_limit_is_undecided_and_fails(suite):
    ran = suite("right:ra", None, "--lara-time-limit", "1e-3")
    ran.assert_outcomes(failed=2, deselected=19)
    ran.stdout.fnmatch_lines(["*undecided: the time limit came*", "*: 2 undecided, 19 not run"])


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--lara-seed", "-1", "*--lara-seed is -1; expected a non-negative integer*"),
        ("--lara-time-limit", "0", "*--lara-time-limit is 0; expected a positive number of seconds*"),
    ],
)
def test_a_value_out_of_its_range_is_a_usage_error(pytester, option, value, said):
    ran = pytester.runpytest_subprocess("-p", "no:cacheprovider", option, value)
    assert ran.ret == pytest.ExitCode.USAGE_ERROR
    ran.stderr.fnmatch_lines([said])


def test_a_session_without_checks_hears_nothing_of_us(pytester):
    pytester.makepyfile("def test_a(): pass")
    ran = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    ran.assert_outcomes(passed=1)
    ran.stdout.no_fnmatch_line("*= lara-verify =*")
