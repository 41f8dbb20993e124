"""Random-feature attention estimators: float64 NumPy references and batched torch twins.

``lara_estimators.reference`` transcribes each estimator as it stands on paper; ``lara_estimators.torch``
writes the same formula again, fast. Neither imports the other; both share only the types of this package.
"""

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise, IndexNoise, MixtureNoise, NoNoise, ProposalNoise
from lara_estimators.problem import Problem, ProblemError

__all__ = [
    "Claim",
    "ClaimName",
    "Estimate",
    "FeatureNoise",
    "IndexNoise",
    "MixtureNoise",
    "NoNoise",
    "Problem",
    "ProblemError",
    "ProposalNoise",
]
