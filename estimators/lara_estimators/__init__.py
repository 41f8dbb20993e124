"""Random-feature attention estimators: float64 NumPy references and batched torch twins.

``lara_estimators.reference`` transcribes each estimator as it stands on paper; ``lara_estimators.torch``
writes the same formula again, fast. Neither imports the other; both share only the types of this package.
"""

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.given import GivenKeys, GivenLandmarks, GivenProbabilities, GivenProposal, GivenSizes
from lara_estimators.noise import (
    FeatureNoise,
    InclusionNoise,
    IndexNoise,
    KeyNoise,
    MixtureNoise,
    NoNoise,
    ProposalNoise,
)
from lara_estimators.problem import Problem, ProblemError

__all__ = [
    "Claim",
    "ClaimName",
    "Estimate",
    "FeatureNoise",
    "GivenKeys",
    "GivenLandmarks",
    "GivenProbabilities",
    "GivenProposal",
    "GivenSizes",
    "InclusionNoise",
    "IndexNoise",
    "KeyNoise",
    "MixtureNoise",
    "NoNoise",
    "Problem",
    "ProblemError",
    "ProposalNoise",
]
