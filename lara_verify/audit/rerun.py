"""Running one test many times in one pytest session, each time under another seed."""

import contextlib
import importlib.util
import inspect
import io
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from lara_verify.audit.stand_ins import StandIn

REPLACED = ("estimator", "attention")
"""Arguments of a test in whose place a stand-in is given; the first that it has."""

MOST_WORDS = 120
"""Letters of what a run said."""


class AuditError(Exception):
    """The test cannot be rerun; the message says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some runs of a test; pure data, to be sent to a worker.

    Parameters
    ----------
    test
        Its node id.
    stand_in
        What is given in place of its implementation.
    seed, first, count
        Run number i, from ``first`` on, has a seed that is a function of ``seed`` and i.
    """

    test: str
    stand_in: StandIn
    seed: int
    first: int
    count: int

    def seeds(self) -> list[int]:
        """The seed of every run: 0 <= seed < 2^31."""
        runs = range(self.first, self.first + self.count)
        return [int(np.random.SeedSequence([self.seed, i]).generate_state(1)[0]) & 0x7FFFFFFF for i in runs]


@dataclass(slots=True)
class Ran:
    """How runs ended: ``passed``, ``failed`` (an assertion), ``raised`` (anything else) or ``skipped``.

    ``replaces`` is the argument in whose place a stand-in is given; None if the test has none. ``said`` is what the
    first run that ended so said, of those that raised, or else of those that failed.
    """

    counts: Counter[str] = field(default_factory=Counter)
    replaces: str | None = None
    said: str = ""


def rerun(chunk: Chunk) -> Ran:
    """Run a test as often as asked for, in this process.

    Fixtures are set up once for all runs. Before each, Python's, NumPy's and, where it is loaded, torch's global
    generators are seeded, and an argument named ``seed`` is given the seed.

    Raises
    ------
    AuditError
        If it is not one test, its fixtures fail, or it is not a function that can be called again.
    """
    plugin, said = _Plugin(chunk), io.StringIO()
    options = ["-p", "no:cacheprovider"]
    options += ["-n", "0"] if importlib.util.find_spec("xdist") else []
    options += ["--no-cov"] if importlib.util.find_spec("pytest_cov") else []
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        code = pytest.main([*options, chunk.test], plugins=[plugin])
    if plugin.failure is None and plugin.ran.counts.total() != chunk.count:
        lines = said.getvalue().strip().splitlines()
        plugin.failure = lines[0] if lines else f"pytest ended with exit code {int(code)} and did not call it"
    if plugin.failure is not None:
        raise AuditError(f"{chunk.test} cannot be rerun: {plugin.failure}")
    return plugin.ran


class _Plugin:
    """Takes over the call of the one test that is collected."""

    def __init__(self, chunk: Chunk) -> None:
        self._chunk, self.ran = chunk, Ran()
        self.failure: str | None = None

    @pytest.fixture(name="seed")
    def _seed(self) -> int:
        """What is replaced in every run, for a test that has no fixture of that name."""
        return 0

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        if len(items) > 1:
            names = ", ".join(item.nodeid.rpartition("::")[2] for item in items[:3])
            self.failure = f"it names {len(items)} tests; expected one, as {names}"
            items.clear()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._look_at(report)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "setup":
            self._look_at(report)

    def _look_at(self, report: pytest.CollectReport | pytest.TestReport) -> None:
        if report.passed or self.failure is not None:
            return
        said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        lines = [line.removeprefix("E ").strip() for line in said.splitlines() if line.startswith("E ")]
        self.failure = next(filter(None, lines or said.strip().splitlines()), "it is skipped")

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        test, chunk, ran = pyfuncitem.obj, self._chunk, self.ran
        parameters = inspect.signature(test).parameters
        given = {name: value for name, value in pyfuncitem.funcargs.items() if name in parameters}
        ran.replaces = next((name for name in REPLACED if name in parameters), None)
        if chunk.stand_in.role != "as it is" and ran.replaces is not None:
            given[ran.replaces] = chunk.stand_in.function()
        for seed in chunk.seeds():
            _seed_everything(seed)
            if "seed" in parameters:
                given["seed"] = seed
            ending, said = _ending(test, given)
            if (ending == "raised" and not ran.counts["raised"]) or not ran.said:
                ran.said = said
            ran.counts[ending] += 1
        return True


def _ending(test: Any, given: dict[str, Any]) -> tuple[str, str]:
    """How one run ended, and what it said."""
    try:
        test(**given)
    except (AssertionError, pytest.fail.Exception) as error:
        return "failed", _one_line(error)
    except pytest.skip.Exception:  # the user's test steps aside in this run: neither a pass nor an alarm
        return "skipped", ""
    except (Exception, SystemExit) as error:
        return "raised", _one_line(error)
    return "passed", ""


def _one_line(error: BaseException) -> str:
    said = f"{type(error).__name__}: {error}"[:1000]
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:MOST_WORDS]


def _seed_everything(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(seed)
