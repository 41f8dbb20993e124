"""What tests/conftest.py adds to a run, tried on small suites of its own."""

import pytest

SUITE = """
import pytest

def test_skips():
    pytest.skip("no reason that holds")

def test_lacks_another_library():
    pytest.importorskip("jax_that_is_not_there", reason="could not import 'jax': no such module")

@pytest.mark.xfail(reason="known")
def test_known():
    assert False

def test_passes():
    pass
"""


@pytest.fixture
def small_suite(root, pytester):
    pytester.makeini("[pytest]\naddopts = -p no:lara_verify\n")
    pytester.makeconftest((root / "tests" / "conftest.py").read_text(encoding="utf-8"))
    return pytester


def test_a_skip_fails_only_where_everything_is_installed(small_suite, monkeypatch):
    small_suite.makepyfile(SUITE)
    monkeypatch.delenv("LARA_TESTS_SKIP", raising=False)
    small_suite.runpytest().assert_outcomes(passed=1, skipped=2, xfailed=1)
    monkeypatch.setenv("LARA_TESTS_SKIP", "no")
    small_suite.runpytest().assert_outcomes(passed=1, skipped=1, xfailed=1, failed=1)


def test_a_module_that_skips_itself_fails_where_everything_is_installed(small_suite, monkeypatch):
    small_suite.makepyfile("import pytest\npytest.skip('no reason', allow_module_level=True)")
    monkeypatch.setenv("LARA_TESTS_SKIP", "no")
    small_suite.runpytest().assert_outcomes(errors=1)


def test_rng_is_a_function_of_the_seed_and_the_test(small_suite):
    small_suite.makepyfile(
        """
        import numpy as np

        def test_a(rng, record_property):
            record_property("draw", int(rng.integers(2**62)))

        def test_b(rng, record_property):
            record_property("draw", int(rng.integers(2**62)))
        """
    )

    def draws(seed):
        reports = small_suite.inline_run(f"--test-seed={seed}").getreports("pytest_runtest_logreport")
        return [dict(report.user_properties)["draw"] for report in reports if report.when == "call"]

    first = draws(1)
    assert draws(1) == first
    assert len({*first, *draws(2)}) == 4


def test_a_seed_that_is_no_number_is_refused(small_suite):
    result = small_suite.runpytest("--test-seed=soon")
    assert result.ret == 4  # pytest's code for wrong usage
    result.stderr.fnmatch_lines(["*expected a whole number >= 0 or 'random'*"])


def test_every_device_is_a_device(devices, torch_device):
    assert torch_device in devices
