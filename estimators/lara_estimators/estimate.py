"""What an estimator returns."""

from typing import Any, NamedTuple


class Estimate(NamedTuple):
    """The estimate of attention for every query, with what it was weighted by.

    Attributes
    ----------
    value
        ``(*R, *B, N, e)``: the estimated attention output; ``R`` replicates, ``B`` batch dimensions.
    log_normaliser
        ``(*R, *B, N)``: logarithm of the estimate of ``Z(x) = sum_m exp(x . y_m)``; None where the
        estimator has none of its own.
    log_weights
        ``(*R, *B, N, S)``: logarithms of the weights that multiply ``f(w_s)``; None where there are no draws, and in
        the torch twins of linear cost, which never hold ``N S`` numbers.
    """

    value: Any
    log_normaliser: Any = None
    log_weights: Any = None
