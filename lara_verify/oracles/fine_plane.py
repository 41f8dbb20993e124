"""Expectations over ``N(c, I_2)`` of functions with kinks along unknown curves, by a fine trapezoidal rule.

One grid in the plane serves all centres: the function is evaluated once, and each expectation is a bilinear form with
the Gaussian weights of the two axes. A kink costs a rule of step h an error of order ``h^2`` on each line that
crosses it, of a sign that changes from line to line, so that their sum is smaller still; Gauss-Hermite's nodes are
0.1 apart and more. The step is halved until the answer stays.

Error: twice the larger of the last two changes (two rules may agree by accident), plus the mass beyond 8.5 standard
deviations of every centre, below 4e-17 of the bound, and the rounding of the sums.
"""

from collections.abc import Callable

import numpy as np

from lara_verify.oracles.answer import Answer, Array, OutsideDomainError

_REACH = 8.5
_FIRST_STEP, _LAST_STEP = 0.16, 0.01
_SETTLED = 1e-8
_ROUNDING = 64 * float(np.finfo(np.float64).eps)
_BLOCK = 1 << 18


def plane_expectation(integrand: Callable[[Array], Array], centres: Array, *, bound: float, tolerance: float) -> Answer:
    """``E g(c + z)`` for each of the centres ``(M, 2)``, ``z ~ N(0, I_2)``.

    Parameters
    ----------
    integrand
        ``g``: points ``(P, 2)`` to values ``(P,)``, continuous, ``|g| <= bound``.
    centres
        Means.
    bound, tolerance
        The answer is refused if its error exceeds `tolerance` times `bound`.

    Raises
    ------
    OutsideDomainError
        If the smallest step, .01, is too large.
    """
    step, changes = _FIRST_STEP, [np.inf, np.inf]
    now = _apply(integrand, centres, step)
    while step / 2 >= _LAST_STEP * 0.99 and 2 * max(changes[-2:]) > _SETTLED * bound:
        step /= 2
        before, now = now, _apply(integrand, centres, step)
        changes.append(float(np.abs(now - before).max()))
    error = 2 * max(changes[-2:]) + _ROUNDING * bound
    if error > tolerance * bound:
        raise OutsideDomainError(
            f"the plane rule still moves by {error / bound:.1e} of the bound; asked {tolerance:.1e}"
        )
    return Answer(now, np.full(len(centres), error))


def _apply(integrand: Callable[[Array], Array], centres: Array, step: float) -> Array:
    lines = [np.arange(c.min() - _REACH, c.max() + _REACH + step, step) for c in centres.T]
    first, second = (
        step / np.sqrt(2 * np.pi) * np.exp(-0.5 * (line - c[:, None]) ** 2)
        for line, c in zip(lines, centres.T, strict=True)
    )
    rows = max(1, _BLOCK // len(lines[1]))
    total = np.zeros(len(centres))
    for start in range(0, len(lines[0]), rows):
        part = lines[0][start : start + rows]
        points = np.stack(np.meshgrid(part, lines[1], indexing="ij"), axis=-1)
        values = integrand(points.reshape(-1, 2)).reshape(points.shape[:2])
        total += np.einsum("mu,mu->m", first[:, start : start + rows], second @ values.T)
    return total
