"""The cross-check of every estimator and option in every dtype on the extremes P6, as one table.

``python -m lara_verify.checks.agreement`` runs the torch twin on the noise of the float64 reference, and the reference
against ball arithmetic where the problem is small; each distance is divided by the sum of the derived bounds of the
two. Nothing else is tolerated: exit status 1 if any distance is above. Problems are rounded to the dtype first.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators import reference
from lara_estimators.noise import NoNoise
from lara_estimators.problem import Problem
from lara_verify.checks.roster import Option, every_option
from lara_verify.oracles.balls import ball_value, formula_of
from lara_verify.oracles.rounding import rounding_bound
from lara_verify.problems import find_family, make_problem, problem_names
from lara_verify.sources.in_torch import as_rounded, in_torch

DTYPES = ("float64", "float32", "float16", "bfloat16")
EPSILONS = {"float64": 2.0**-52, "float32": 2.0**-23, "float16": 2.0**-10, "bfloat16": 2.0**-7}
BALLS = "reference"
"""In place of a dtype: the float64 reference against ball arithmetic."""

CENTRED = 32.0
"""What ra and lara, whose keys are centred, may show at an offset of 100, in eps of the dtype times the range."""

_MOST_TERMS = 20_000
_REPLICATES = (2,)

Array = NDArray[np.float64]


class Distances(NamedTuple):
    """One estimator in one dtype on one problem: ``|apart| / bound``, and ``|apart|`` in eps times the range."""

    estimator: str
    dtype: str
    problem: str
    shares: Array
    eps_ranges: Array
    n_unbounded: int


class Row(NamedTuple):
    """A line of the table: the distances of one estimator in one dtype over all problems."""

    estimator: str
    dtype: str
    n_problems: int
    largest: float
    median: float
    eps_ranges: float
    n_unbounded: int
    worst: str


def extremes() -> tuple[str, ...]:
    """Names of the problems that are swept: P6, and P5 for its batch of masks."""
    return ("P5", *(name for name in problem_names() if name.startswith("P6")))


def sweep(
    problems: tuple[str, ...], dtypes: tuple[str, ...], wanted: str = "", seed: int = 0, device: str = "cpu"
) -> Iterator[Distances]:
    """Compare every option whose name contains `wanted`, on every problem and in every dtype.

    `seed` 0 is the panel's problem; others are further problems of the families. `device` is where twins compute.
    """
    for name in problems:
        problem = make_problem(name) if seed == 0 else find_family(name).make(seed)
        for number, option in enumerate(every_option(problem)):
            estimator = option.make(reference)
            if wanted in estimator.name:
                rng = np.random.default_rng([seed, number])
                noise = estimator.draw(problem, rng, _REPLICATES)
                for dtype in dtypes:
                    if dtype == BALLS:
                        yield from _against_balls(name, problem, option, noise)
                    else:
                        yield _twin(name, problem, option, noise, dtype, device)


def _twin(name: str, problem: Problem, option: Option, noise: Any, dtype: str, device: str) -> Distances:
    from lara_estimators import torch as twins

    own, problem = in_torch(problem, dtype, device), as_rounded(problem, dtype)
    estimator = option.make(reference)
    expected = estimator(problem, noise).value
    value = option.make(twins)(own, noise).value.double().cpu().numpy()
    bound = rounding_bound(problem, estimator, noise, dtype) + rounding_bound(problem, estimator, noise, "float64")
    return _distances(estimator.name, dtype, name, problem, np.abs(value - expected), bound)


def _against_balls(name: str, problem: Problem, option: Option, noise: Any) -> Iterator[Distances]:
    if problem.n_queries * problem.n_keys * problem.dim * max(1, problem.k.ndim - 1) > _MOST_TERMS:
        return
    estimator = option.make(reference)
    one = NoNoise() if isinstance(noise, NoNoise) else type(noise)(*(part[0] for part in noise))
    exact = ball_value(problem, formula_of(option.class_name, **option.fields), one)
    value = estimator(problem, one).value
    apart = np.array([abs(float(a - b)) for a, b in zip(value.ravel().tolist(), exact.ravel(), strict=True)])
    bound = rounding_bound(problem, estimator, one, "float64")
    yield _distances(estimator.name, BALLS, name, problem, apart.reshape(value.shape), bound)


def _distances(estimator: str, dtype: str, name: str, problem: Problem, apart: Array, bound: Array) -> Distances:
    bound = np.broadcast_to(bound, apart.shape)
    finite = np.isfinite(bound)
    if np.isnan(apart[finite]).any():
        raise FloatingPointError(f"{estimator} in {dtype} on {name} returned NaN where its error has a bound")
    shares = apart[finite] / bound[finite]
    rows = np.ones(problem.n_keys, dtype=bool) if problem.key_mask is None else np.asarray(problem.key_mask)
    kept = np.where(rows[..., None], problem.v, np.nan)
    span = np.nanmax(kept, axis=-2, keepdims=True) - np.nanmin(kept, axis=-2, keepdims=True)
    span = np.broadcast_to(span, apart.shape)
    counted = finite & (span > 0)
    eps = EPSILONS.get(dtype, EPSILONS["float64"])
    return Distances(estimator, dtype, name, shares, apart[counted] / (eps * span[counted]), int(np.sum(~finite)))


def rows_of(found: list[Distances]) -> list[Row]:
    """Gather distances by estimator and dtype, in the order in which they came."""
    gathered: dict[tuple[str, str], list[Distances]] = {}
    for distances in found:
        gathered.setdefault((distances.estimator, distances.dtype), []).append(distances)
    rows = []
    for (estimator, dtype), parts in gathered.items():
        shares = np.concatenate([part.shares for part in parts])
        worst = max(parts, key=lambda part: np.max(part.shares, initial=0.0)).problem
        eps_ranges = max(_eps_range(part) for part in parts)
        n_unbounded = sum(part.n_unbounded for part in parts)
        largest, median = float(np.max(shares, initial=0.0)), float(np.median(shares)) if shares.size else 0.0
        n_problems = len({part.problem for part in parts})
        rows.append(Row(estimator, dtype, n_problems, largest, median, eps_ranges, n_unbounded, worst))
    return rows


def table(rows: list[Row]) -> str:
    """The lines of the table."""
    figures = f"{'problems':>9}{'largest':>9}{'median':>9}{'eps range':>11}{'unbounded':>11}"
    return "\n".join([f"{'estimator':46}{'dtype':10}{figures}  worst on", *(_line(row) for row in rows)])


def _line(row: Row) -> str:
    figures = f"{row.n_problems:9}{row.largest:9.3f}{row.median:9.4f}{row.eps_ranges:11.3g}{row.n_unbounded:11}"
    return f"{row.estimator:46}{row.dtype:10}{figures}  {row.worst}"


def _summary(dtype: str, parts: list[Distances]) -> str:
    shares = np.concatenate([part.shares for part in parts] or [np.zeros(1)])
    figures = f"at most {np.max(shares):.3f}, median {np.median(shares):.4f}"
    n_unbounded = sum(part.n_unbounded for part in parts)
    return f"{dtype}: {shares.size:,} outputs, observed/bound {figures}; {n_unbounded:,} without bound (sign unknown)"


def centred_line(found: list[Distances]) -> str:
    """What ra and lara show at an offset of 100."""
    far = [part for part in found if part.problem == "P6-offset100" and part.dtype in ("float64", "float32")]
    kinds: dict[str, list[Distances]] = {"ra": [], "lara": []}
    for part in far:
        kind = part.estimator.partition("[")[0]
        if kind in kinds:
            kinds[kind].append(part)
    worst = {kind: max(parts, key=_eps_range) for kind, parts in kinds.items() if parts}
    shown = [f"{kind} {_eps_range(part):.3g} ({part.estimator}, {part.dtype})" for kind, part in worst.items()]
    listed = "; ".join(shown) or "not in this sweep"
    return f"lara and ra at key offset 100: max error in eps*range (limit {CENTRED:g}): {listed}"


def _eps_range(part: Distances) -> float:
    return float(np.max(part.eps_ranges, initial=0.0))


def main() -> None:
    """Print the table; exit status 1 if a distance is above its bound."""
    parser = argparse.ArgumentParser(prog="python -m lara_verify.checks.agreement", description=__doc__)
    parser.add_argument(
        "--problems", nargs="+", default=list(extremes()), help="names of the panel (default: P5 and P6)"
    )
    parser.add_argument("--dtypes", nargs="+", default=[BALLS, *DTYPES], choices=[BALLS, *DTYPES])
    parser.add_argument("--estimators", default="", help="only those whose name contains this")
    parser.add_argument("--device", default="cpu", help="where the twins compute")
    parser.add_argument("--seed", type=int, default=0, help="0: the panel; others: further problems of its families")
    chosen = parser.parse_args()
    found = list(sweep(tuple(chosen.problems), tuple(chosen.dtypes), chosen.estimators, chosen.seed, chosen.device))
    rows = rows_of(found)
    print(table(rows))
    for dtype in chosen.dtypes:
        print(_summary(dtype, [part for part in found if part.dtype == dtype]))
    print(centred_line(found))
    largest = max((row.largest for row in rows), default=0.0)
    verdict = "every distance is within its bound" if largest <= 1 else "some distance is above its bound"
    print(f"{verdict}: largest observed/bound {largest:.3f}")
    sys.exit(0 if largest <= 1 else 1)


if __name__ == "__main__":
    main()
