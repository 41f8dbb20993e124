"""Every estimator again, in ball arithmetic: outputs with a proven error, the oracle of float64 references and twins.

Quantity: the output of an estimator as a function of its problem and its noise, both float64 and taken as exact real
numbers; and the derivative of that output along a direction of (q, k, v), noise fixed.

Method: the formulas of the estimators as they stand on paper, in naive sums over scalars, without logarithms or
stabilisers, on arb balls (F. Johansson, *Arb: efficient arbitrary-precision midpoint-radius interval arithmetic*, IEEE
Trans. Computers 66, 2017; python-flint): every operation encloses its result, and the precision is doubled until each
ball is narrower than 1e-45 of its number. Derivatives come from dual numbers of balls, hence are enclosed as well.

Domain: small problems (sums cost about a microsecond a term), away from normalisers that are exactly 0 and, for
derivatives, from kinks.

``python -m lara_verify.oracles.balls`` writes the golden vectors.
"""

from lara_verify.oracles.balls.evaluate import RELATIVE_RADIUS, Balls, ball_derivative, ball_value
from lara_verify.oracles.balls.formulas import formula_of
from lara_verify.oracles.balls.item import Direction

__all__ = ["RELATIVE_RADIUS", "Balls", "Direction", "ball_derivative", "ball_value", "formula_of"]
