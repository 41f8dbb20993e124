"""One length a block."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.rfa.orthogonal import rows_of_blocks
from lara_verify.faults.rfa.stepwise import StepwiseRFA


@dataclass(frozen=True)
class SharedLengths(StepwiseRFA):
    """RFA with Haar blocks whose rows share one chi length: each row is N(0, I), and blocks are independent."""

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        *leading, n_draws, dim = shape
        return rows_of_blocks(
            rng,
            tuple(leading),
            n_draws,
            dim,
            lambda size: np.broadcast_to(np.sqrt(rng.chisquare(dim, (*size[:-1], 1))), size),
        )


EQUIVALENT = Fault(
    name="rfa-shared-lengths",
    cause="all rows of an orthogonal block have the same random length",
    mend="nothing to mend: each row is N(0, I), and blocks are independent",
    of="rfa",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.CONSISTENT, ClaimName.MSE_AT_N_SAMPLES),
    build=lambda n_samples, _: SharedLengths(n_samples),
)
