"""Random-feature attention posing as randomized attention."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Estimate, FeatureNoise, Problem
from lara_estimators.reference import RFA
from lara_verify.faults.claims import LAW_ONLY, MEAN
from lara_verify.faults.fault import Fault, Parameter


@dataclass(frozen=True)
class PosingRFA:
    """RFA with ``n_features`` draws, whatever number of samples it is asked for."""

    n_samples: int
    n_features: int = 16

    @property
    def name(self) -> str:
        """What it says it is."""
        return "ra"

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        """Draw the shared features."""
        return RFA(self.n_features).draw(problem, rng, replicates)

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the self-normalised estimate."""
        return RFA(self.n_features)(problem, noise)


FAULT = Fault(
    name="rfa-posing",
    cause="features are drawn from N(0, I) and shared by all queries: this is random-feature attention, and biased",
    mend="draw from each query's own mixture, m ~ softmax(x . y), then w ~ N(x + y_m, I), and average f(w)",
    of="ra",
    breaks=MEAN,
    keeps=LAW_ONLY,
    build=lambda n_samples, n_features: PosingRFA(n_samples, int(n_features)),
    parameter=Parameter("n_features", float("inf"), 16.0, (1.0, 4.0, 16.0, 64.0)),
)
