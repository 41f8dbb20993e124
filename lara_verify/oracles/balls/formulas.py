"""The formula of every estimator, by the class name of the estimator and its fields."""

from typing import Any

from lara_verify.oracles.balls.exact_plus_tail import ExactPlusTailFormula
from lara_verify.oracles.balls.formula import Formula
from lara_verify.oracles.balls.importance import ImportanceFormula
from lara_verify.oracles.balls.key_sampling import KeySamplingFormula
from lara_verify.oracles.balls.lara import LARAFormula
from lara_verify.oracles.balls.poisson_sampling import PoissonSamplingFormula
from lara_verify.oracles.balls.ra import IndexFormula, RAFormula, StratifiedRAFormula
from lara_verify.oracles.balls.rfa import RFAFormula
from lara_verify.oracles.balls.softmax import MeanValueFormula, SoftmaxFormula
from lara_verify.oracles.balls.trigonometric_rfa import TrigonometricRFAFormula

_FORMULAS: dict[str, Any] = {
    "Softmax": SoftmaxFormula,
    "RFA": RFAFormula,
    "TrigonometricRFA": TrigonometricRFAFormula,
    "Importance": ImportanceFormula,
    "RA": RAFormula,
    "StratifiedRA": StratifiedRAFormula,
    "Index": IndexFormula,
    "MeanValue": MeanValueFormula,
    "LARA": LARAFormula,
    "KeySampling": KeySamplingFormula,
    "PoissonSampling": PoissonSamplingFormula,
    "ExactPlusTail": ExactPlusTailFormula,
}


def formula_of(estimator: str, **fields: Any) -> Formula:
    """Make the formula of an estimator, given the name of its class and its fields.

    Fields that say only how noise is drawn (``sampling``, and ``n_samples`` where the noise shows it) are ignored:
    a formula sees the noise.
    """
    if estimator not in _FORMULAS:
        raise ValueError(f"no formula in balls for {estimator!r}; expected one of {', '.join(_FORMULAS)}")
    made = _FORMULAS[estimator]
    read = {name: value for name, value in fields.items() if name in made.__dataclass_fields__}
    formula: Formula = made(**read)
    return formula
