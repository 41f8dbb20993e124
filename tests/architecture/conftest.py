"""The source tree as data: every module of ours, parsed once."""

import ast
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "lara_estimators": ROOT / "estimators",
    "lara_studies": ROOT / "studies",
    "lara_verify": ROOT,
}


class SourceModule(NamedTuple):
    """A module of the three packages: its dotted name, its file, its syntax tree."""

    name: str
    path: Path
    tree: ast.Module


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def source_modules() -> tuple[SourceModule, ...]:
    """Every module that the wheel installs."""
    found = []
    for package, shelf in PACKAGES.items():
        for path in sorted((shelf / package).rglob("*.py")):
            parts = path.relative_to(shelf).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(SourceModule(name, path, ast.parse(path.read_text(encoding="utf-8"), str(path))))
    return tuple(found)


@pytest.fixture(scope="session")
def python_files() -> tuple[Path, ...]:
    """Every Python file of the checkout that is ours to keep short: packages, tests and docs."""
    folders = ("estimators", "studies", "lara_verify", "tests", "docs")
    return tuple(sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")))
