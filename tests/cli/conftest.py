"""The installed command, run as a user runs it."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

CANDIDATES = Path(__file__).parents[1] / "candidates"


class Ran:
    """How a command ended, and the report that it left."""

    def __init__(self, process: subprocess.CompletedProcess, folder: Path) -> None:
        self.code, self.out, self.err = process.returncode, process.stdout, process.stderr
        self.folder = folder

    @property
    def results(self):
        """results.json, decoded."""
        return msgspec.json.decode((self.folder / "results.json").read_bytes())


@pytest.fixture
def command():
    """How the installed command is called."""
    return [str(Path(sys.executable).with_name("lara-verify"))]


@pytest.fixture
def lara_verify(command, tmp_path):
    """Run the command in an empty folder; its report goes to ``report`` there unless ``--out`` says otherwise."""
    (tmp_path / "here").mkdir()

    def run(*words, out="report"):
        folder = tmp_path / out
        process = subprocess.run(
            [*command, *words, "--out", str(folder)],
            cwd=tmp_path / "here",
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=300,
            check=False,
        )
        return Ran(process, folder)

    return run


@pytest.fixture
def stranger():
    """Target of a function in tests/candidates, from ``file:name``."""

    def target(short: str) -> str:
        file, _, name = short.partition(":")
        return f"{CANDIDATES / file}.py:{name}"

    return target
