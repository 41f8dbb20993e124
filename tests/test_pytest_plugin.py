"""The plugin, on a user's two-line test file."""

from pathlib import Path

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

    def run(name, case=None):
        target = f"{CANDIDATES / name.partition(':')[0]}.py:{name.partition(':')[2]}"
        pytester.makepyfile(TEST.format(target=target))
        if case is not None:
            (pytester.path / "pyproject.toml").write_text(XFAIL.format(case=case, target=target))
        return pytester.runpytest_subprocess("-k", "unbiased and P0", "-rx", "-p", "no:cacheprovider")

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
