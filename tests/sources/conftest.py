"""Strangers' functions, and sources opened on a small problem."""

from pathlib import Path

import psutil
import pytest

CANDIDATES = Path(__file__).parents[1] / "candidates"


@pytest.fixture
def stranger():
    """Target of a function in tests/candidates, from ``file:name``."""

    def target(short: str) -> str:
        file, _, name = short.partition(":")
        return f"{CANDIDATES / file}.py:{name}"

    return target


@pytest.fixture
def no_process_left():
    """After the test this process has no more descendants than before it."""
    before = set(psutil.Process().children(recursive=True))
    yield
    left = [p for p in psutil.Process().children(recursive=True) if p not in before]
    _, alive = psutil.wait_procs(left, timeout=2)
    # the resource tracker of multiprocessing serves this process to its end
    assert not [p for p in alive if not any("resource_tracker" in word for word in p.cmdline())]
