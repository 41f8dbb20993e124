r"""How far rounding can move an estimate: derived bounds, no relative tolerance chosen by hand.

Let u be the unit roundoff of the arithmetic and ``gamma_n = n u / (1 - n u)`` (Higham, Accuracy and stability of
numerical algorithms, ch. 3), which holds for sums in any order.

**A weighted average.** Let weights ``p_m`` be proportional to ``exp(a_m)`` and computed weights to
``exp(a_m + eta_m)``, ``|eta_m| <= delta_m``. Since ``sum p (v - f) = 0`` for ``f = sum p v``,

    |f' - f| = |sum p expm1(eta) (v - f)| / sum p exp(eta)
            <= sqrt(sum p expm1(delta)^2) sqrt(sum p (v - f)^2) / sum p exp(-delta)          (Cauchy-Schwarz),

and no weights within ``exp(+-delta)`` move an average of numbers of range r by more than ``r tanh(max delta / 2)``.
The smaller of the two is taken. Forming numerator and normaliser over n terms and dividing adds
``gamma_{2n + 6} sum p' |v|``; what underflows adds less than ``n * tiny * r``.

**The exponents.** A dot product of d terms of scaled vectors costs ``gamma_{d + 8} |w| . |y|`` (8: the root of
the scale, its products, w = x + y + z, noise rounded to the dtype), the half norm ``gamma_{d + 8} |y|^2 / 2``,
their sum ``u |a|``, the shift by the largest ``u |a - max a|``, exp ``4 u``.

**ell and the second stage.** With the same delta, ``|ell' - ell| <= log sum p exp(delta) + gamma_{n + 2} +
u (|ell| + 4 log n + 4)`` (from below ``-log sum p exp(-delta)``). It enters the exponent of the weight of a draw;
the average over draws is a weighted average of ``f' (w_s)``, bounded as above, plus the averaged bound of f.

A comparison of two writings allows the sum of their bounds. The problem must be representable in the dtype.
"""

from lara_verify.oracles.rounding.arithmetic import arithmetic
from lara_verify.oracles.rounding.black_box import black_box_tolerance
from lara_verify.oracles.rounding.bound import rounding_bound

__all__ = ["arithmetic", "black_box_tolerance", "rounding_bound"]
