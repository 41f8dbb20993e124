"""`bias_rate`: the bias falls as 1/S, with the coefficient that first-order theory gives (claim B2)."""

import numpy as np
from numpy.typing import NDArray

from lara_estimators import ClaimName
from lara_verify.checks.check import Arm, Evidence, Plan, Sentences, Setting
from lara_verify.checks.deviation import Deviations, DeviationStatistic, Worst
from lara_verify.checks.values import exact, odds, output_name, output_shape, rounding, unmasked_values, value_range
from lara_verify.oracles.feature_moments import CentralMoments, normaliser_moments, numerator_moments
from lara_verify.oracles.first_order import chi_squared, first_order_bias, second_order_bias
from lara_verify.oracles.linear_error import linear_error
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.sources import Block, Source
from lara_verify.sources.moved import on_host
from lara_verify.stats.clipping import clip_for, clipping_error, fourth_moment_of_mean

Array = NDArray[np.float64]

SHARE = 0.15
"""Refuted outside of, and certified within, this share of the largest ``|b1|`` (statistics.md, section 3)."""

MOST_SECOND_ORDER = 0.08
"""Judged where ``|b2| / S`` is at most this share of the largest ``|b1|``: elsewhere 1/S is not yet the law."""

CLIPPED_SHARE = 0.05
"""Clipping the control variate may hide this share of the tolerance."""

BOLD = 0.8
"""Share of wealth that one replicate may lose.

The bounds hold for every output in the hull; those of the right estimator lie
hundreds of standard deviations away from them.
"""


class BiasRate:
    """Null refuted: ``|S E(output - A) - b1| <= .15 max |b1|`` in every coordinate. Certified: the same, with ``<``.

    Finite-sample, at any stopping time, for outputs in the hull of the values. Oracle: ``b1`` by linear algebra
    (`first_order`); the second-order coefficient says where the claim is decidable, ``|b2| / S <= .08 max |b1|``.

    **Control variate.** With ``L = mean_s N(w_s)``, ``N`` the centred numerator of one draw over Z, E L = 0 exactly,
    and for the right estimator ``output - A = L / B``, B the normaliser over its mean: ``output - A - L = (output -
    A)(1 - B)`` is smaller by some ``sqrt(S / chi^2)``. L is computed here from the source's noise by the oracle's own
    formula, never from the source's weights: were it ``(output - A) B`` with the source's B, a constant added to
    every output would be multiplied by ``1 - B``, whose mean is 0, and never be seen.

    **Clipping.** Bets need bounds, and L has none: ``Y = output - A - clip(L, -c, c)``, coordinate by coordinate, lies
    in ``[min v - A - c, max v - A + c]``. As ``E L = 0``,

        ``|E Y - bias| = |E (L - clip L)| <= E (|L| - c)+ <= (27/256) E L^4 / c^3``,

    for ``t - c <= (27/256) t^4 / c^3``; and ``E L^4 = (m4 + 3 (S - 1) m2^2) / S^3`` with the moments of one draw in
    closed form. c is the smallest with a remainder of a twentieth of the tolerance; the null is widened and the
    tolerance narrowed by the remainder.
    """

    claim = ClaimName.BIAS_RATE

    def arms(self, source: Source, problem: str, rival: Source | None) -> tuple[Arm, ...]:
        return (Arm(source, problem),)

    def plan(self, setting: Setting) -> Plan:
        rate = _Rate(setting)
        share = float((rate.claimed.tolerance.reshape(rate.shape) / rate.span).min())
        return Plan(rate.claimed.planned(setting.beta), share)

    def statistic(self, setting: Setting) -> DeviationStatistic:
        rate = _Rate(setting)
        outside = "an output lies outside the values' range, where a bounded test cannot judge its mean; see `bounded`"
        return DeviationStatistic(rate.claimed, rate.measure, rate.say, outside)


class _Rate:
    def __init__(self, setting: Setting) -> None:
        source, problem = setting.source, setting.problem
        if source.estimator != "rfa":
            raise ValueError(f"no oracle knows the rate of the bias of {source.estimator}; expected rfa")
        sampling, n = GaussianProposal(), source.n_samples
        self._problem, self._name, self._n = problem, setting.problem_name, n
        self.shape = output_shape(problem)
        self._b1, self._b2 = first_order_bias(problem, sampling), second_order_bias(problem, sampling)
        self._chi2 = float(chi_squared(problem, sampling).max())
        self._largest = float(np.abs(self._b1).max())
        if np.abs(self._b2).max() / n > MOST_SECOND_ORDER * self._largest:
            share = float(np.abs(self._b2).max() / n / self._largest)
            raise ValueError(
                f"at {n} samples second-order bias on {setting.problem_name} is {share:.0%} of the first-order one: "
                f"the rate is judged up to {MOST_SECOND_ORDER:.0%}"
            )
        self._target, radius = exact(problem)
        tolerance = SHARE * self._largest / n
        moments = numerator_moments(problem, sampling)
        fourth = fourth_moment_of_mean(moments.second, moments.fourth, n)
        self._clip = clip_for(fourth, CLIPPED_SHARE * tolerance)
        hidden = np.where(self._clip > 0, clipping_error(fourth, np.where(self._clip > 0, self._clip, 1.0)), 0.0)
        slack = hidden + radius + rounding(setting)
        values = unmasked_values(problem)
        low, high = (edge(axis=-2, keepdims=True) - self._target for edge in (values.min, values.max))
        self.span = np.where(value_range(problem) > 0, value_range(problem), 1.0)
        self._sd = np.sqrt(moments.second / n)
        self.claimed = Deviations(
            expected=(self._b1 / n).ravel(),
            low=(low - self._clip - self._b1 / n).ravel(),
            high=(high + self._clip - self._b1 / n).ravel(),
            slack=(tolerance + slack).ravel(),
            tolerance=np.maximum(tolerance - slack, 1e-3 * tolerance).ravel(),
            rounding=rounding(setting).ravel(),
            variance=_variance(moments, normaliser_moments(problem, sampling), n).ravel(),
            mean=(self._b2 / n**2).ravel(),
            safe=BOLD,
        )

    def measure(self, blocks: tuple[Block, ...]) -> Array:
        """``output - A - clip(L)``."""
        (block,) = blocks
        normals = np.asarray(on_host(block.noise).normals, dtype=np.float64)
        linear = np.clip(linear_error(self._problem, normals), -self._clip, self._clip)
        return np.asarray((block.value - self._target - linear).reshape(len(linear), -1))

    def say(self, worst: Worst, replicates: str, alpha: float, beta: float) -> Evidence:
        """In units of S times the bias."""
        n, at = self._n, np.unravel_index(worst.at, self.shape)
        rate, b1 = n * worst.measured, float(self._b1[at])
        seen = (
            f"{n} times the bias of {output_name(at)} on {self._name} is {rate:.4g}, "
            f"where first-order theory gives {b1:.4g}"
        )
        zone = f"{SHARE:.0%} of the largest coefficient ({self._largest:.3g})"
        sentences = Sentences(
            f"{seen}: if it were within {zone} of it, at most {odds(alpha)} would say this ({replicates})",
            f"{n} times the bias is within {zone} of b1 in every coordinate; largest distance: {seen}; "
            f"were one further off, at most {odds(beta)} would say this ({replicates})",
            f"not decided in {replicates}: {n} times the bias may be off b1 by {worst.hidden * SHARE:.0%} of the "
            f"largest coefficient; {seen}",
        )
        shares = (self.claimed.tolerance.reshape(self.shape) / self.span).max()
        spread = worst.standard_error * np.sqrt(int(replicates.split()[0].replace(",", "")))
        return Evidence(
            sentences,
            sampled=True,
            tolerance=worst.tolerance,
            measured=worst.measured,
            expected=worst.expected,
            hidden=float(worst.hidden * shares),
            figures={
                "b1": b1,
                "b1_largest": self._largest,
                "b2": float(self._b2[at]),
                "chi2": self._chi2,
                "rate": rate,
                "rate_interval_low": n * worst.interval[0],
                "rate_interval_high": n * worst.interval[1],
                "rate_standard_error": n * worst.standard_error,
                "spread_cut_by_control_variate": float(self._sd[at] / spread) if spread > 0 else np.inf,
                "clip": float(self._clip[at]),
            },
        )


def _variance(numerator: CentralMoments, normaliser: CentralMoments, n: int) -> Array:
    """Of ``output - A - L``, about ``L (B - 1)``: ``3 E L^2 E (B - 1)^2``, the most for Gaussian L, B; for planning."""
    return np.asarray(3 * numerator.second * normaliser.second[..., None] / n**2)
