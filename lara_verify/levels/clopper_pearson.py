"""The interval of a rate that was counted."""

from scipy.special import betaincinv

CONFIDENCE = 0.999


def clopper_pearson(errors: int, sequences: int) -> tuple[float, float]:
    """Exact interval at 99.9 % for the rate behind ``errors`` in ``sequences``.

    Clopper & Pearson, Biometrika 26 (1934). Each end is missed with probability at most .0005, whatever the rate. No
    sequences: [0, 1].
    """
    tail = (1 - CONFIDENCE) / 2
    low = float(betaincinv(errors, sequences - errors + 1, tail)) if errors > 0 else 0.0
    high = float(betaincinv(errors + 1, sequences - errors, 1 - tail)) if errors < sequences else 1.0
    return low, high
