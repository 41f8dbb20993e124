"""Writes the published JSON Schemas anew: ``python tests/report/write_schemas.py``, after a struct has changed."""

from pathlib import Path

from lara_studies.results import Studies
from lara_verify.report.faults import Faults
from lara_verify.report.levels import Levels
from lara_verify.report.regime import Regime
from lara_verify.report.results import Results
from lara_verify.report.schema import generated

STRUCTS = {"results": Results, "levels": Levels, "faults": Faults, "studies": Studies, "regime": Regime}

FOLDER = Path(__file__).parents[2] / "lara_verify" / "report" / "schemas"


def schemas():
    """Every schema by its name, as its struct has it now."""
    return {name: generated(struct, name) for name, struct in STRUCTS.items()}


if __name__ == "__main__":
    for name, schema in schemas().items():
        (FOLDER / f"{name}.schema.json").write_bytes(schema)
