"""A simplex that is not rotated."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.sampling.simplex import corners
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class SimplexUnrotated(StepwiseRFA):
    """RFA whose blocks are the corners of one simplex, with chi_d lengths, and without a rotation."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        n_draws, dim = shape[-2:]
        unit = corners(dim)[np.arange(n_draws) % dim]
        return np.asarray(np.sqrt(rng.chisquare(dim, shape[:-1]))[..., None] * unit)


FAULT = Fault(
    name="rfa-simplex-unrotated",
    cause="blocks are corners of one fixed simplex: the rotation was left out",
    mend="rotate each block by a Haar matrix of its own",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: SimplexUnrotated(n_samples),
)
