"""Batched torch twins of the references, on any device and floating dtype."""

from lara_estimators.torch.exact_plus_tail import ExactPlusTail, exact_plus_tail
from lara_estimators.torch.importance import Importance, importance
from lara_estimators.torch.index import Index, index
from lara_estimators.torch.key_sampling import KeySampling, key_sampling
from lara_estimators.torch.lara import LARA, lara
from lara_estimators.torch.mean_value import MeanValue, mean_value
from lara_estimators.torch.poisson_sampling import PoissonSampling, poisson_sampling
from lara_estimators.torch.ra import RA, ra
from lara_estimators.torch.rfa import RFA, rfa
from lara_estimators.torch.softmax import Softmax, softmax
from lara_estimators.torch.stratified_ra import StratifiedRA, stratified_ra
from lara_estimators.torch.trigonometric_rfa import TrigonometricRFA, trigonometric_rfa

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
    "exact_plus_tail",
    "importance",
    "index",
    "key_sampling",
    "lara",
    "mean_value",
    "poisson_sampling",
    "ra",
    "rfa",
    "softmax",
    "stratified_ra",
    "trigonometric_rfa",
]
