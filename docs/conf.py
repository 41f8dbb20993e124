"""Sphinx configuration."""

import tomllib
from pathlib import Path

_project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

project = _project["name"]
author = "the lara-verify authors"
release = version = _project["version"]

html_theme = "furo"
html_title = f"{project} {release}"
exclude_patterns = ["_build"]
nitpicky = True
