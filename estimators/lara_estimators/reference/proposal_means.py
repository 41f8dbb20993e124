"""The means of LARA's proposals: sums of landmarks, landmarks that are mixed first, or means that are given."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from lara_estimators.given import GivenLandmarks
from lara_estimators.problem import Problem
from lara_estimators.reference.fitting import fitting
from lara_estimators.reference.landmarks import check_fits, key_landmarks, landmarks
from lara_estimators.reference.logspace import log_or_lowest, softmax
from lara_estimators.reference.scaling import Array, Scaled


class ProposalMeans(NamedTuple):
    """``mu`` ``(*B, C, d)``, ``x_bar`` alike or None, and ``log_kept`` ``(*B, C)``: minus infinity where dropped."""

    mu: Array
    x_bar: Array | None
    log_kept: Array


class MeansOfProposals(Protocol):
    """A formula for mu_c."""

    @property
    def name(self) -> str:
        """Name in fields, ids and reports."""

    @property
    def symmetries(self) -> str:
        """What leaves LARA unchanged with these means, as a clause."""

    def means(self, problem: Problem, symbols: Scaled, n_proposals: int) -> ProposalMeans:
        """Evaluate the means."""


@dataclass(frozen=True, slots=True)
class Plain:
    """``mu_c = x_bar_c + y_bar_c``, the means of the c-th segments of queries and of keys (arXiv:2204.04667)."""

    name: str = "plain"
    symmetries: str = "common shift of keys; affine maps of values"

    def means(self, problem: Problem, symbols: Scaled, n_proposals: int) -> ProposalMeans:
        """Add the landmarks."""
        check_fits(n_proposals, problem)
        x_bar, y_bar, log_kept = landmarks(symbols.x, symbols.y, symbols.log_mask, n_proposals)
        return ProposalMeans(x_bar + y_bar, x_bar, log_kept)


@dataclass(frozen=True, slots=True)
class Mixed:
    """``mu_c = x_bar_c + sum_c' softmax_c'(y_bar_c . y_bar_c') y_bar_c'``, over proposals c' that are kept.

    The logits are those of the keys as they came, not centred; what is mixed may be centred, as the weights sum to one.
    """

    name: str = "mixed"
    symmetries: str = "affine maps of values"

    def means(self, problem: Problem, symbols: Scaled, n_proposals: int) -> ProposalMeans:
        """Add landmarks of queries and mixed landmarks of keys."""
        return mixed(problem, symbols, n_proposals, np.zeros(n_proposals))


@dataclass(frozen=True, slots=True)
class ValueMixed:
    """As ``Mixed``, with ``log |v_bar_c'|`` added to the logits: a segment counts in proportion to its mean value.

    A segment of mean value 0 has weight 0; where all are 0 they count alike. A common factor of the values cancels.
    """

    name: str = "value-mixed"
    symmetries: str = "multiples of values"

    def means(self, problem: Problem, symbols: Scaled, n_proposals: int) -> ProposalMeans:
        """Mix with the norms of the mean values."""
        v_bar, _ = key_landmarks(symbols.v, symbols.log_mask, n_proposals)
        largest = np.max(np.abs(v_bar), axis=(-2, -1), keepdims=True)
        relative = v_bar / np.where(largest > 0, largest, 1.0)
        log_norm = log_or_lowest(np.linalg.norm(relative, axis=-1))
        return mixed(problem, symbols, n_proposals, np.where(largest[..., 0] > 0, log_norm, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """Means as handed in, in the scaled space; all are kept, and there may be more than queries or keys.

    They are given for the keys as they came: what was taken off every key is taken off every mean.
    """

    given: GivenLandmarks
    name: str = "given"
    symmetries: str = "permutations of keys or queries; affine maps of values"

    def means(self, problem: Problem, symbols: Scaled, n_proposals: int) -> ProposalMeans:
        """Check that they fit the problem."""
        batch, shape = problem.batch_shape, (n_proposals, problem.dim)
        x_bar = None if self.given.x_bar is None else fitting("landmarks.x_bar", self.given.x_bar, batch, shape)
        mu = fitting("landmarks.mu", self.given.mu, batch, shape) - symbols.shift
        return ProposalMeans(mu, x_bar, np.zeros(n_proposals))


def mixed(problem: Problem, symbols: Scaled, n_proposals: int, log_counts: Array) -> ProposalMeans:
    """Mix the key landmarks by ``softmax_c'(y_bar_c . y_bar_c' + log_counts_c')``, of keys as they came.

    With centred keys that is ``(y_bar_c + shift) . (y_bar_c' + shift)``, of which ``(y_bar_c + shift) . shift`` is a
    number of the row, which the softmax does not see.
    """
    check_fits(n_proposals, problem)
    x_bar, y_bar, log_kept = landmarks(symbols.x, symbols.y, symbols.log_mask, n_proposals)
    logits = (y_bar + symbols.shift) @ np.swapaxes(y_bar, -1, -2) + (log_counts + log_kept)[..., None, :]
    return ProposalMeans(x_bar + softmax(logits).weights @ y_bar, x_bar, log_kept)


NAMED: dict[str, MeansOfProposals] = {means.name: means for means in (Plain(), Mixed(), ValueMixed())}


def means_of(proposals: str | GivenLandmarks) -> MeansOfProposals:
    """Return the formula of this name, or the means that are given."""
    if isinstance(proposals, GivenLandmarks):
        return Given(proposals)
    if not isinstance(proposals, str) or proposals not in NAMED:
        raise ValueError(f"proposals is {proposals!r}; expected {', '.join(NAMED)} or GivenLandmarks")
    return NAMED[proposals]
