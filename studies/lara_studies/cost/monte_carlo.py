"""What a replicate costs on a small problem, as multiples of drawing its normals: N = M = S = 16, d = e = 8."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lara_estimators import Problem
from lara_studies.cost.clock import Run, Visit, seconds
from lara_studies.cost.others import Others
from lara_studies.cost.rounds import interleaved
from lara_studies.cost.setting import Cell, Measured, Setting, Timed

N, D, C = 16, 8, 4
"""Queries, keys and draws; widths; proposals of lara."""

NORMALS = {"ra": (N, N, D), "rfa": (N, D), "lara": (N, D)}
"""Standard normals of one replicate, by estimator."""

NUMPY, TORCH, DRAWS = "numpy float64", "torch float32", "normals alone"
"""The last is the measure of the others: SFC64 filling an array of float64 that is there already."""


def measure(setting: Setting, progress: Callable[[int], None]) -> Measured:
    """Time draw and call of ra, rfa and lara[balance], in blocks of replicates, in one interleaved run."""
    visits = {cell: Visit(run, seconds) for cell, run in runs(setting).items()}
    others = Others()
    taken = interleaved(visits, setting.n_rounds, np.random.default_rng(setting.seed), progress)
    return Measured([Timed(*cell, taken[cell]) for cell in visits], others=others.share())


def runs(setting: Setting) -> dict[Cell, Run]:
    """A block of every estimator, by either library, and its normals alone."""
    import torch

    from lara_estimators import reference
    from lara_estimators import torch as twins

    rng = np.random.Generator(np.random.SFC64(setting.seed))
    generator = torch.Generator().manual_seed(setting.seed)
    q, k, v = (rng.standard_normal((N, D)) for _ in range(3))
    problem = Problem(q, k, v)
    tensors = Problem(torch.tensor(q).float(), torch.tensor(k).float(), torch.tensor(v).float())
    block = (setting.n_replicates,)
    found: dict[Cell, Run] = {}
    for name, shape in NORMALS.items():
        found[Cell(name, DRAWS, N)] = normals(rng, np.empty(block + shape))
    for library, source, given in ((reference, rng, problem), (twins, generator, tensors)):
        step = NUMPY if library is reference else TORCH
        for name, estimator in (
            ("ra", library.RA(N)),
            ("rfa", library.RFA(N)),
            ("lara", library.LARA(N, C)),
        ):
            found[Cell(name, step, N)] = draw_and_call(estimator, given, source, block)
    return found


def normals(rng: np.random.Generator, array: np.ndarray) -> Run:
    """Fill an array with standard normals."""
    return lambda: rng.standard_normal(out=array)


def draw_and_call(estimator: Any, problem: Problem, source: Any, block: tuple[int, ...]) -> Run:
    """One block of replicates: all its randomness, and the formula."""
    return lambda: estimator(problem, estimator.draw(problem, source, block)).value
