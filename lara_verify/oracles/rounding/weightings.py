"""The weightings of LARA as they are computed, each with what it may be off by."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from lara_verify.oracles.rounding.arithmetic import Arithmetic, Array
from lara_verify.oracles.rounding.average import MOST
from lara_verify.oracles.rounding.draws import transposed
from lara_verify.oracles.rounding.formula import Formula
from lara_verify.oracles.rounding.landmarks import Landmarks

WEIGHTINGS = ("balance", "uniform", "constant", "affinity", "affinity-biased", "query", "query-clamped")


class AtDraws(NamedTuple):
    """What a weighting reads: ``log_bh`` and its error ``(*R, *B, L)``, the landmarks, the proposal of every draw."""

    log_bh: Array
    log_bh_error: Array
    marks: Landmarks
    of_draw: Any
    machine: Arithmetic


class Alpha(NamedTuple):
    """``alpha = exp(log_scale) factor``, the factor off by ``error``; each broadcasts to ``(*R, *B, N, L)``.

    ``signed`` ``(*R, *B, N, 1)`` says whether some alpha of a query may be computed to be negative.
    """

    log_scale: Array
    factor: Array
    error: Array
    signed: Any = False


class Weighting(Protocol):
    """A formula for alpha."""

    def alpha(self, at: AtDraws) -> Alpha:
        """Evaluate alpha at the draws, and bound its error."""


def _relative(log_scale: Array, delta: Array) -> Alpha:
    return Alpha(log_scale, np.ones(1), np.expm1(np.minimum(delta, MOST)))


@dataclass(frozen=True)
class Balance:
    """The balance heuristic."""

    def alpha(self, at: AtDraws) -> Alpha:
        return _relative(at.log_bh[..., None, :], at.log_bh_error[..., None, :])


@dataclass(frozen=True)
class Uniform:
    """One over the number of proposals, which cancels."""

    def alpha(self, at: AtDraws) -> Alpha:
        return Alpha(np.zeros(1), np.ones(1), np.zeros(1))


@dataclass(frozen=True)
class Constant:
    """Weights that are given, divided by the sum of those of the proposals that are kept."""

    weights: tuple[float, ...]

    def alpha(self, at: AtDraws) -> Alpha:
        kept = np.where(at.marks.kept, np.asarray(self.weights), 0.0)
        factor = (kept / np.sum(kept, axis=-1, keepdims=True))[..., None, at.of_draw]
        return Alpha(np.zeros(1), factor, at.machine.gamma(len(self.weights) + 6) * factor)


@dataclass(frozen=True)
class Affinity:
    """Softmax over proposals of ``x . mu_c``; with `biased`, its exponential times the balance heuristic."""

    biased: bool = False

    def alpha(self, at: AtDraws) -> Alpha:
        x, mu = at.marks.of.x, at.marks.mu
        logits = x @ transposed(mu.value)
        delta = at.machine.gamma(x.shape[-1] + 8) * (np.abs(x) @ transposed(mu.size)) + np.abs(x) @ transposed(mu.error)
        kept = at.marks.kept[..., None, :]
        top = np.max(np.where(kept, logits, -np.inf), axis=-1, keepdims=True)
        # the sum over proposals is one number a query, and cancels; only its rounding may differ
        delta = delta + at.machine.u * (2 * np.abs(logits) + 2 * np.abs(top) + 2 * np.log(kept.shape[-1]) + 8)
        logits, delta = (part[..., at.of_draw] for part in (logits - top, delta))
        if self.biased:
            logits, delta = logits + at.log_bh[..., None, :], delta + at.log_bh_error[..., None, :]
        return _relative(logits, delta)


@dataclass(frozen=True)
class Query:
    """``BH + beta (t - mean t)``, t the softmax over queries of ``x_bar . x``; clamped at `floor` if there is one.

    Errors are absolute: of t by twice that of its exponents and ``gamma_{2N + 6}``, of its mean and their difference by
    ``gamma_{C + 4}``. A maximum with a constant does not enlarge them.
    """

    beta: float
    floor: float | None = None

    def alpha(self, at: AtDraws) -> Alpha:
        machine = at.machine
        bh = np.exp(at.log_bh)[..., None, :]
        bh_error = bh * np.expm1(np.minimum(at.log_bh_error, MOST))[..., None, :]
        excess, excess_error = self._excess(at)
        alpha = bh + self.beta * excess
        error = bh_error + abs(self.beta) * (excess_error + 2 * machine.u * np.abs(excess)) + 2 * machine.u * bh
        error = error + machine.tiny
        if self.floor is not None:
            return Alpha(np.zeros(1), np.maximum(alpha, self.floor), error)
        return Alpha(np.zeros(1), alpha, error, np.any(alpha < error, axis=-1, keepdims=True))

    def _excess(self, at: AtDraws) -> tuple[Array, Array]:
        machine, x, x_bar = at.machine, at.marks.of.x, at.marks.x_bar
        logits = x_bar.value @ transposed(x)
        t = np.exp(logits - np.max(logits, axis=-1, keepdims=True))
        t = transposed(t / np.sum(t, axis=-1, keepdims=True))
        spread = np.minimum(np.ptp(logits, axis=-1), 800.0)[..., None, :]
        delta = machine.gamma(x.shape[-1] + 8) * (x_bar.size @ transposed(np.abs(x)))
        delta = np.max(delta + x_bar.error @ transposed(np.abs(x)), axis=-1)[..., None, :]
        delta = np.minimum(delta + machine.u * (spread + 8), MOST)
        error = t * (np.expm1(2 * delta) + machine.gamma(2 * x.shape[-2] + 6))
        kept = at.marks.kept[..., None, :]
        n_kept = np.sum(kept, axis=-1, keepdims=True)
        mean, mean_error = (np.sum(np.where(kept, part, 0.0), axis=-1, keepdims=True) / n_kept for part in (t, error))
        excess_error = error + mean_error + machine.gamma(t.shape[-1] + 4) * (t + mean)
        return (t - mean)[..., at.of_draw], excess_error[..., at.of_draw]


def weighting_of(formula: Formula) -> Weighting:
    """Make the weighting that a name says; None for `beta` is its own default."""
    beta, floor = formula.field("beta"), formula.field("floor", 1e-8)
    formulas: dict[str, Weighting] = {
        "balance": Balance(),
        "uniform": Uniform(),
        "constant": Constant(formula.field("weights", ())),
        "affinity": Affinity(),
        "affinity-biased": Affinity(biased=True),
        "query": Query(1.0 if beta is None else beta),
        "query-clamped": Query(2.0 if beta is None else beta, floor),
    }
    return formulas[formula.option(*WEIGHTINGS, default="balance")]
