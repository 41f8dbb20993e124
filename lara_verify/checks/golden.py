"""Reference and torch twin against the golden vectors: ``python -m lara_verify.checks.golden``.

Outputs of the vectors are balls (see `lara_verify.oracles.balls`), and the limit is the derived rounding bound of a
float64 computation (see `lara_verify.oracles.rounding`), entry by entry. Exact: no sampling, no level.
"""

import importlib.util
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lara_verify.oracles.balls.digits import distances
from lara_verify.oracles.balls.vector_file import Vector, read_vectors
from lara_verify.oracles.rounding import rounding_bound
from lara_verify.sources.in_torch import in_torch


class Distance(NamedTuple):
    """How far a computed output is from the exact one, at its farthest entry.

    Attributes
    ----------
    ulp
        In units of the last place of the exact entry.
    share
        Of the rounding bound: right implementations stay below 1.
    """

    ulp: float
    share: float


class Row(NamedTuple):
    """One vector: the distances of both writings, None for the twin where torch is absent, and the bound in ulp."""

    name: str
    estimator: str
    reference: Distance
    twin: Distance | None
    bound_ulp: float


def golden_files() -> list[Path]:
    """Files that the package ships, in order of their names."""
    folder = Path(str(resources.files("lara_estimators").joinpath("vectors")))
    return sorted(folder.glob("*.json"))


def golden_vectors() -> Iterator[Vector]:
    """Yield every vector that the package ships."""
    for path in golden_files():
        yield from read_vectors(path)


def compare(vector: Vector) -> Row:
    """Run both writings on a vector in float64."""
    from lara_estimators import reference

    case = vector.case
    estimator = getattr(reference, case.estimator)(**case.options)
    bound = np.broadcast_to(rounding_bound(case.problem, estimator, case.noise, "float64"), vector.value.shape)
    spacing = np.spacing(np.abs(vector.value.astype(np.float64)))
    return Row(
        case.name,
        estimator.name,
        _distance(estimator(case.problem, case.noise).value, vector, bound),
        _distance(_twin_value(vector), vector, bound) if importlib.util.find_spec("torch") else None,
        float(np.max(bound / spacing)),
    )


def _twin_value(vector: Vector) -> Any:
    from lara_estimators import torch as twins

    case = vector.case
    twin = getattr(twins, case.estimator)(**case.options)
    return twin(in_torch(case.problem), case.noise).value.numpy()


def _distance(value: Any, vector: Vector, bound: Any) -> Distance:
    apart, ulp = distances(np.broadcast_to(value, vector.value.shape), vector.value, vector.radius)
    return Distance(float(ulp.max()), float(np.max(apart / bound)))


def table(rows: list[Row]) -> str:
    """Lines of the table that the command prints."""
    lines = [f"{'vector':44}{'estimator':34}{'reference':>10}{'torch':>10}{'bound':>10}{'share':>8}"]
    lines[0] += "   (distances and bound in ulp; share: the larger distance as a part of the bound)"
    for row in rows:
        twin = "-" if row.twin is None else f"{row.twin.ulp:.1f}"
        share = max(row.reference.share, 0.0 if row.twin is None else row.twin.share)
        ulps = f"{row.reference.ulp:10.1f}{twin:>10}{row.bound_ulp:10.0f}{share:8.3f}"
        lines.append(f"{row.name:44}{row.estimator:34}{ulps}")
    return "\n".join(lines)


def main() -> None:
    """Print the table; exit status 1 if a distance is above its bound."""
    rows = [compare(vector) for vector in golden_vectors()]
    print(table(rows))
    worst = {
        "reference": max(row.reference.share for row in rows),
        "torch": max((row.twin.share for row in rows if row.twin), default=0.0),
    }
    print(f"{len(rows)} vectors; largest share of the bound: {', '.join(f'{k} {v:.3f}' for k, v in worst.items())}")
    sys.exit(1 if max(worst.values()) > 1 else 0)


if __name__ == "__main__":
    main()
