"""Vectors orthogonalised and not normalised."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY, LIMIT
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import rows_of_blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class ResidualLengths(StepwiseRFA):
    """RFA with Gaussian vectors made orthogonal one after the other: later ones keep what is left of their lengths."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        return rows_of_blocks(
            rng, tuple(leading), n_draws, dim, lambda size: np.sqrt(rng.chisquare(dim - np.arange(dim), size))
        )


FAULT = Fault(
    name="rfa-residual-lengths",
    cause="Gaussian vectors were made orthogonal and not normalised: the k-th of a block has a length of d - k degrees",
    mend="normalise the rows, and give them independent lengths of d degrees",
    of="rfa",
    breaks=LIMIT,
    keeps=LAW_ONLY,
    build=lambda n_samples, _: ResidualLengths(n_samples),
)
