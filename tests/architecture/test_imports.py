"""What starting the command costs: no heavy library before a check needs one."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "scipy.stats", "statsmodels", "matplotlib.pyplot")

# Runs in a fresh interpreter: the statement, then the names of the heavy modules it loaded.
LOADED = """
import sys
try:
    {statement}
except SystemExit as end:
    if end.code not in (None, 0):
        raise
print("loaded:", *(name for name in {heavy} if name in sys.modules))
"""


def heavy_modules_loaded_by(statement):
    script = LOADED.format(statement=statement, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1].removeprefix("loaded:").split()


@pytest.mark.parametrize(
    "statement",
    [
        "import lara_verify.cli",
        "import lara_estimators, lara_estimators.reference",
        "import sys; sys.argv = ['lara-verify', '--help']; from lara_verify.cli import main; main()",
        "import sys; sys.argv = ['lara-verify', '--version']; from lara_verify.cli import main; main()",
    ],
    ids=["cli", "reference", "--help", "--version"],
)
def test_starting_loads_nothing_heavy(statement):
    assert heavy_modules_loaded_by(statement) == []


def test_the_search_for_heavy_modules_finds_one():
    assert heavy_modules_loaded_by("import scipy.stats") == ["scipy.stats"]


def test_the_twins_share_no_code(source_modules):
    """Reference and torch twin are two writings of one formula: a shared line would be a shared error."""
    for module in source_modules:
        text = module.path.read_text(encoding="utf-8")
        if module.name.startswith("lara_estimators.reference"):
            assert "import torch" not in text, module.path
            assert "from torch" not in text, module.path
            assert "lara_estimators.torch" not in text, module.path
        if module.name.startswith("lara_estimators.torch"):
            assert "lara_estimators.reference" not in text, module.path
