"""The mean of an estimator whose outputs have no sure bounds: clipped, with what clipping hides known in closed form.

Importance sampling with the known normaliser returns ``B * (a point of the hull)``, ``B = (1/S) sum r(w_s)`` of mean 1
and no upper bound. Coordinate j is clipped to ``[c min(0, min_m v_mj), c max(0, max_m v_mj)]``, which holds it whenever
``B <= c``; what is cut off is at most ``max_m |v_mj| (B - c)+``, so

    ``|E clipped_j - A_j| <= max_m |v_mj| E (B - c)+``,    ``E (B - c)+ <= (27/256) E (B - 1)^4 / (c - 1)^3``,

since ``t - (c - 1) <= (27/256) t^4 / (c - 1)^3`` for ``t = B - 1`` (`stats.clipping`). ``E (B - 1)^4 = (m4 + 3 (S - 1)
m2^2) / S^3`` with the central moments of one weight, sums of products of ``exp(delta_m . delta_l)``
(`oracles.feature_moments`). The null is widened and the tolerance narrowed by this bound. Draws from N(0, I) alone:
where the fourth moment is not known to be finite, the oracle refuses.

Tolerances are shares of the range of the values *and zero*, towards which outputs shrink: a constant column, which is
B, is judged like any other. The guarantee is finite-sample, for sources whose weights have this fourth moment: a
source that puts its bias into ever rarer outputs beyond c is outside of what any test of finite length can exclude.
"""

import numpy as np
from numpy.typing import NDArray

from lara_verify.checks.check import Evidence, Sentences, Setting
from lara_verify.checks.deviation import Deviations, DeviationStatistic, Worst
from lara_verify.checks.values import exact, odds, output_name, output_shape, rounding, unmasked_values
from lara_verify.oracles.answer import scaled_items
from lara_verify.oracles.feature_moments import normaliser_moments
from lara_verify.oracles.index_sampling import softmax_rows
from lara_verify.oracles.sampling import GaussianProposal
from lara_verify.sources import Block
from lara_verify.stats.clipping import clip_for, clipping_error, fourth_moment_of_mean

Array = NDArray[np.float64]

CLIPPED_SHARE = 0.05
"""Clipping may hide this share of the tolerance."""


def clipped_claim(setting: Setting) -> Deviations:
    """Bounds, slack and tolerance of the deviations from exact softmax."""
    problem, n = setting.problem, setting.source.n_samples
    target, radius = exact(problem)
    values = unmasked_values(problem)
    lowest = np.minimum(values.min(axis=-2, keepdims=True), 0.0)
    highest = np.maximum(values.max(axis=-2, keepdims=True), 0.0)
    unit = np.broadcast_to(highest - lowest, output_shape(problem))
    tolerance = setting.tolerance_share * unit
    fourth = _fourth_moment(setting)[..., None]
    excess = clip_for(fourth, CLIPPED_SHARE * setting.tolerance_share)
    hidden = clipping_error(fourth, excess) * unit
    of_dtype = (1 + excess) * rounding(setting)
    slack = hidden + radius + of_dtype
    return Deviations(
        expected=target.ravel(),
        low=((1 + excess) * lowest - target).ravel(),
        high=((1 + excess) * highest - target).ravel(),
        slack=slack.ravel(),
        tolerance=np.maximum(tolerance - slack, 1e-3 * np.where(unit > 0, tolerance, 1.0)).ravel(),
        rounding=of_dtype.ravel(),
        variance=(_second_moment(setting) - target**2).ravel() / n,
        mean=np.zeros(target.size),
    )


def clipped_statistic(setting: Setting) -> DeviationStatistic:
    """The statistic of `unbiased` for `importance`."""
    claimed = clipped_claim(setting)
    low, high = claimed.low + claimed.expected, claimed.high + claimed.expected
    one_sided = (low == 0) | (high == 0)
    clip = 1 + float(clip_for(_fourth_moment(setting), CLIPPED_SHARE * setting.tolerance_share).max())

    def measure(blocks: tuple[Block, ...]) -> Array:
        value = blocks[0].value.reshape(len(blocks[0].value), -1)
        inside = np.clip(value, low, high)
        # where all values have one sign, so has the output of the right estimator: what has not is left to be seen
        return np.where(one_sided & (np.sign(value) * np.sign(low + high) < 0), value, inside)

    def say(worst: Worst, replicates: str, alpha: float, beta: float) -> Evidence:
        share = setting.tolerance_share
        where = output_name(np.unravel_index(worst.at, output_shape(setting.problem)))
        seen = f"mean of {where} on {setting.problem_name} is {worst.measured:.5g}, exact {worst.expected:.5g}"
        sentences = Sentences(
            f"{seen}: if it were unbiased, at most {odds(alpha)} would say this ({replicates})",
            f"every mean is within {share:.3%} of the range of the values and zero of the exact one; largest: {seen}; "
            f"were one further off, at most {odds(beta)} would say this ({replicates})",
            f"not decided in {replicates}: a bias of up to {worst.hidden * share:.2%} is not excluded; {seen}",
        )
        figures = {
            "standard_error": worst.standard_error,
            "interval_low": worst.interval[0],
            "interval_high": worst.interval[1],
            "clip": clip,
        }
        return Evidence(
            sentences, True, worst.tolerance, worst.measured, worst.expected, worst.hidden * share, figures=figures
        )

    outside = "an output has the other sign than all values, which no positive weights give; see `cross_check`"
    return DeviationStatistic(claimed, measure, say, outside)


def _fourth_moment(setting: Setting) -> Array:
    """``E (B - 1)^4``, ``(*B, N)``."""
    moments = normaliser_moments(setting.problem, GaussianProposal())
    return fourth_moment_of_mean(moments.second, moments.fourth, setting.source.n_samples)


def _second_moment(setting: Setting) -> Array:
    """``E (r f_j)^2 = sum pi_m pi_l v_mj v_lj G_ml``, ``(*B, N, e)``, for planning."""
    answer = np.zeros(output_shape(setting.problem))
    for item in scaled_items(setting.problem):
        weighted = softmax_rows(item.x, item.y)[..., None] * item.v
        gram = np.exp(GaussianProposal().log_gram(item.x, item.y))
        answer[item.at] = np.einsum("nme,nml,nle->ne", weighted, gram, weighted, optimize=True)
    return answer
