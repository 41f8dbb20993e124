r"""How far rounding can move an estimate: derived bounds, no relative tolerance chosen by hand.

Let u be the unit roundoff of the arithmetic and ``gamma_n = n u / (1 - n u)`` (Higham, Accuracy and stability of
numerical algorithms, ch. 3), which holds for sums in any order.

**Exponents.** Weights are exponentials, so their errors are factors ``exp(+-delta)``: delta adds up what products of d
terms cost (`draws`), what draws are off by that are themselves computed (`gaussian`: a covariance fitted or factored;
`landmarks`: means of segments, mixed or not), the shift by the largest exponent and exp (`average`).

**Averages.** A weighted average whose weights are off by ``exp(+-delta)``, its numerator and normaliser summed in any
order: `average`. Of keys at every draw it gives f, and ell with its error; ell enters the exponent of the weight of a
draw; of draws for every query it gives the estimate, plus the averaged bound of f (`features`, `mixture`, `keys`).

**Signs.** Where weights can be negative, errors are absolute and a small normaliser leaves no digit: `trigonometric`,
`lara` with the weightings query.

No constant is fitted: numbers beside ``gamma`` count roundings. The bound is of the distance of `Estimate.value` from
exact arithmetic, whatever the order of sums and the association of products. Keys of ra, stratified_ra and lara (but
for landmarks that are given) are taken to be centred, an exact symmetry without which an offset costs digits; those of
softmax attention and of key sampling may be or not.
A comparison of two writings allows the sum of their bounds. The problem must be representable in the dtype.
"""

from lara_verify.oracles.rounding.arithmetic import arithmetic
from lara_verify.oracles.rounding.black_box import black_box_tolerance
from lara_verify.oracles.rounding.bound import rounding_bound

__all__ = ["arithmetic", "black_box_tolerance", "rounding_bound"]
