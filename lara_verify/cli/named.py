"""Candidates that pyproject.toml describes: ``[tool.lara-verify.candidates.NAME]``, checked as ``check NAME``."""

from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

from lara_verify.adapter import Adapter, AdapterError
from lara_verify.cli.options import UsageError


class Named(NamedTuple):
    """A candidate by name: its TARGET, what it says it is, and how it wants to be called."""

    target: str
    claimed: str
    adapter: Adapter


def named(name: str, folder: Path) -> Named | None:
    """Look ``name`` up in the nearest pyproject.toml of ``folder`` or above; None where there is no such table.

    Raises
    ------
    UsageError
        If the table does not describe a candidate.
    """
    from lara_verify.project_file import ProjectFileError, nearest, own_table

    file = nearest(folder)
    if file is None:
        return None
    try:
        candidates = own_table(file).get("candidates", {})
    except ProjectFileError as error:
        raise UsageError(str(error)) from None
    table = candidates.get(name) if isinstance(candidates, dict) else None
    return None if table is None else _described(table, f"[tool.lara-verify.candidates.{name}] in {file}")


def _described(table: Any, where: str) -> Named:
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table; expected one with target and as")
    table = {key.replace("-", "_"): value for key, value in table.items()}
    for key in ("target", "as"):
        if not isinstance(table.get(key), str):
            raise UsageError(f"{where} has no {key}; expected target and as, each a string")
    target, claimed = table.pop("target"), table.pop("as")
    known = {field.name for field in fields(Adapter)}
    for key, value in table.items():
        if key not in known:
            raise UsageError(f"{where} has {key!r}; expected target, as or one of {', '.join(sorted(known))}")
        if key in ("init", "call"):
            if not isinstance(value, dict):
                raise UsageError(f"{key} of {where} is no table; expected arguments and their values")
            table[key] = tuple(f"{argument}={text}" for argument, text in value.items())
        elif not isinstance(value, str):
            raise UsageError(f"{key} of {where} is {value!r}; expected a string")
    try:
        return Named(target, claimed, Adapter(**table))
    except AdapterError as error:
        raise UsageError(f"{where}: {error}") from None
