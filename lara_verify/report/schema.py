"""The JSON Schemas of the reports' files, as published in the folder ``schemas`` of this package."""

from importlib.resources import files
from typing import Any

import msgspec

from lara_estimators import ClaimName
from lara_verify.report.results import SCHEMA_VERSION
from lara_verify.verdict import Verdict

DIALECT = "https://json-schema.org/draft/2020-12/schema"

NAMES = ("results", "levels", "faults", "studies", "regime")
"""The files that have one, without ``.json``."""

_VERDICTS = [*map(str, Verdict), "xfail", "xpass"]
_CLAIMS = [*map(str, ClaimName)]


def published(name: str) -> str:
    """The schema of ``NAME.json``, one of `NAMES`, as it lies in the package."""
    return (files("lara_verify.report") / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


def generated(report: type[msgspec.Struct], name: str) -> bytes:
    """The schema of a report, made of its struct: what is to be published.

    It is of one ``schema_version``, which its ``$id`` names, and lets every object have more fields than it knows.
    """
    made = msgspec.json.schema(report)
    for definition in made["$defs"].values():
        for field, kind in definition["properties"].items():
            _close(field, kind, definition["title"])
    schema = {
        "$schema": DIALECT,
        "$id": f"urn:lara-verify:{name}:{SCHEMA_VERSION}",
        "title": f"{name}.json of lara-verify, schema_version {SCHEMA_VERSION}",
        **made,
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2) + b"\n"


def _close(field: str, kind: dict[str, Any], of: str) -> None:
    """Name the values of a field that has a closed list of them, which its type does not tell."""
    if field == "schema_version":
        kind["const"] = SCHEMA_VERSION
    elif field in ("verdict", "mended_verdict"):
        strings = kind if kind.get("type") == "string" else next(k for k in kind["anyOf"] if k["type"] == "string")
        strings["enum"] = _VERDICTS
    elif field == "claim" and of == "CheckRow":
        kind["enum"] = _CLAIMS
