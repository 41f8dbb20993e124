"""Keys in another order."""

from dataclasses import dataclass, replace

import numpy as np

from lara_estimators import ClaimName, Estimate, MixtureNoise, Problem
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA


@dataclass(frozen=True)
class ReversedKeys(StepwiseRA):
    """RA of keys, values and mask in reverse, with the drawn components counted from the other end."""

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        mask = None if problem.key_mask is None else np.asarray(problem.key_mask)[..., ::-1]
        k, v = (np.asarray(rows)[..., ::-1, :] for rows in (problem.k, problem.v))
        turned = replace(problem, k=k, v=v, key_mask=mask)
        return super().__call__(turned, noise._replace(component=problem.n_keys - 1 - noise.component))


EQUIVALENT = Fault(
    name="reversed-keys",
    cause="keys, values and mask are held in reverse order",
    mend="nothing to mend: sums over keys do not depend on their order",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: ReversedKeys(n_samples),
)
