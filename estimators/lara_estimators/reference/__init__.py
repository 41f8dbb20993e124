"""References: float64 NumPy, each formula as it stands on paper."""

from lara_estimators.reference.exact_plus_tail import ExactPlusTail
from lara_estimators.reference.importance import Importance
from lara_estimators.reference.index import Index
from lara_estimators.reference.key_sampling import KeySampling
from lara_estimators.reference.lara import LARA
from lara_estimators.reference.mean_value import MeanValue
from lara_estimators.reference.poisson_sampling import PoissonSampling
from lara_estimators.reference.ra import RA
from lara_estimators.reference.rfa import RFA
from lara_estimators.reference.softmax import Softmax
from lara_estimators.reference.stratified_ra import StratifiedRA
from lara_estimators.reference.trigonometric_rfa import TrigonometricRFA

__all__ = [
    "LARA",
    "RA",
    "RFA",
    "ExactPlusTail",
    "Importance",
    "Index",
    "KeySampling",
    "MeanValue",
    "PoissonSampling",
    "Softmax",
    "StratifiedRA",
    "TrigonometricRFA",
]
