"""References: float64 NumPy, each formula as it stands on paper."""

from lara_estimators.reference.importance import Importance
from lara_estimators.reference.index import Index
from lara_estimators.reference.lara import LARA
from lara_estimators.reference.mean_value import MeanValue
from lara_estimators.reference.ra import RA
from lara_estimators.reference.rfa import RFA
from lara_estimators.reference.softmax import Softmax

__all__ = ["LARA", "RA", "RFA", "Importance", "Index", "MeanValue", "Softmax"]
