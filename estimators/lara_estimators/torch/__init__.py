"""Batched torch twins of the references, on any device and floating dtype."""

from lara_estimators.torch.importance import Importance, importance
from lara_estimators.torch.index import Index, index
from lara_estimators.torch.lara import LARA, lara
from lara_estimators.torch.mean_value import MeanValue, mean_value
from lara_estimators.torch.ra import RA, ra
from lara_estimators.torch.rfa import RFA, rfa
from lara_estimators.torch.softmax import Softmax, softmax

__all__ = [
    "LARA",
    "RA",
    "RFA",
    "Importance",
    "Index",
    "MeanValue",
    "Softmax",
    "importance",
    "index",
    "lara",
    "mean_value",
    "ra",
    "rfa",
    "softmax",
]
