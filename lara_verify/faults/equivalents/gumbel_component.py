"""Components by Gumbel noise."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import ClaimName
from lara_estimators.reference.scaling import Array
from lara_verify.faults.claims import LAW_ONLY
from lara_verify.faults.fault import Fault
from lara_verify.faults.ra.stepwise import Indices, StepwiseRA


@dataclass(frozen=True)
class GumbelComponent(StepwiseRA):
    """RA whose component is the key of largest log probability plus Gumbel noise.

    ``P(m is the largest) = pi_m``: Gumbel 1954. The same law as a draw by the cumulative probabilities.
    """

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        noise = rng.gumbel(size=(*replicates, *pi.shape[:-1], self.n_samples, pi.shape[-1]))
        log_pi = np.log(pi, out=np.full(pi.shape, -np.inf), where=pi > 0)
        return np.asarray(np.argmax(log_pi[..., None, :] + noise, axis=-1))


EQUIVALENT = Fault(
    name="gumbel-component",
    cause="the component is the argmax of log probabilities with Gumbel noise",
    mend="nothing to mend: that is a draw from the probabilities",
    of="ra",
    breaks=(),
    keeps=(*LAW_ONLY, ClaimName.UNBIASED),
    build=lambda n_samples, _: GumbelComponent(n_samples),
)
