"""What a user has written for us in TOML: ``[tool.lara-verify]`` of the nearest pyproject.toml, or another file."""

import tomllib
from pathlib import Path
from typing import Any

NAME = "pyproject.toml"


class ProjectFileError(Exception):
    """The file cannot be used; the message says in one sentence what is wrong, and where."""


def nearest(folder: Path) -> Path | None:
    """The pyproject.toml of ``folder`` or of the nearest folder above it; None where there is none."""
    candidates = (above / NAME for above in (folder, *folder.parents))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def own_table(file: Path) -> dict[str, Any]:
    """What a file says to us: the table ``[tool.lara-verify]`` of a pyproject.toml, else all of it.

    Raises
    ------
    ProjectFileError
        If it cannot be read, or that is no table.
    """
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ProjectFileError(f"{file} cannot be read: {' '.join(str(why).split())}") from None
    for name in ("tool", "lara-verify") if file.name == NAME else ():
        table = table.get(name, {})
        if not isinstance(table, dict):
            raise ProjectFileError(f"{name} in {file} is no table; expected [tool.lara-verify]")
    return table
