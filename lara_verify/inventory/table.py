"""A row for every estimator with every option: measured where there is something to measure, else the reason.

*reference*: the float64 reference against ball arithmetic, as a share of its derived rounding bound. *torch*: the twin
in float64 against the reference on the same noise, as a share of the sum of their bounds. *cross-check*: the same in
float32. *gradient*: see `slope`, relative. *oracle*: what knows the law exactly, see `known`.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from lara_estimators import NoNoise, reference
from lara_verify.checks.agreement import BALLS, rows_of, sweep
from lara_verify.checks.roster import Option, every_option
from lara_verify.inventory.known import oracles_of
from lara_verify.inventory.slope import slope_error
from lara_verify.problems import make_problem

PROBLEMS = ("P6-small", "P5-padded", "P6-causal")
"""On these: every size different; keys masked; causal."""

NO_TORCH = "none: torch is not installed"

LARGEST_SLOPE_ERROR = 1e-9
"""Above it a gradient is wrong: tests derive limits below this for every option, on problems of this size."""


class Row(NamedTuple):
    """One estimator with its options; ``wrong`` says which cells show an error."""

    estimator: str
    reference: str
    torch: str
    cross_check: str
    gradient: str
    oracle: str
    wrong: tuple[str, ...] = ()


def inventory(wanted: str = "") -> Iterator[Row]:
    """Rows of all estimators and options whose name contains ``wanted``, causal problems apart."""
    dtypes = (BALLS, "float64", "float32") if find_spec("torch") else (BALLS,)
    for causal in (False, True):
        names = tuple(name for name in PROBLEMS if make_problem(name).causal == causal)
        measured = {(r.estimator, r.dtype): r.largest for r in rows_of(list(sweep(names, dtypes, wanted)))}
        problem = make_problem(names[0])
        for number, option in enumerate(every_option(problem)):
            estimator = option.make(reference)
            if wanted in estimator.name:
                noise = estimator.draw(problem, np.random.default_rng([0, number]), (1,))
                shares = {dtype: measured.get((estimator.name, dtype)) for dtype in dtypes}
                yield _row(problem, option, estimator.name, noise, shares)


def _row(problem: Any, option: Option, name: str, noise: Any, shares: dict[str, float | None]) -> Row:
    cells, wrong = {}, []
    for column, dtype in (("reference", BALLS), ("torch", "float64"), ("cross_check", "float32")):
        share = shares.get(dtype)
        if dtype not in shares:
            cells[column] = NO_TORCH
        elif share is None:
            cells[column] = "none: not measured"
            wrong.append(column)
        else:
            cells[column] = f"{share:.3f} of the bound"
            wrong += [column] if not share <= 1 else []
    if "float64" not in shares:
        cells["gradient"] = NO_TORCH
    else:
        one = noise if isinstance(noise, NoNoise) else type(noise)(*(part[0] for part in noise))
        error = slope_error(problem, option, NoNoise() if isinstance(noise, NoNoise) else one)
        cells["gradient"] = f"{error:.1e}"
        wrong += ["gradient"] if not error <= LARGEST_SLOPE_ERROR else []
    shown = f"{name}, causal" if problem.causal else name
    return Row(shown, **cells, oracle=oracles_of(name), wrong=tuple(wrong))


def as_lines(rows: list[Row]) -> list[str]:
    """The table, one line a row; columns of even width but for the last."""
    heads = ("estimator", "reference", "torch", "cross-check", "gradient", "oracle")
    lines = [heads, *(tuple(row[:6]) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[5]]) for line in lines
    ]
