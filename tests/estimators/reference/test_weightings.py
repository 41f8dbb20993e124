"""Weightings: what sums to one over proposals at every point does, and what does not does not."""

import numpy as np
import pytest

from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.proposal_means import ProposalMeans
from lara_estimators.reference.scaling import half_squared_norm
from lara_estimators.reference.weightings import AtDraws, weighting_of

WEIGHTINGS = ["balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased"]
SHAPES = ((5, 3), (4, 3), (4, 3), (3, 6))
WEIGHTS = (0.2, 0.0, 0.5, 0.3)


@pytest.fixture(params=["all kept", "one dropped"])
def at_one_point(request):
    """Every proposal evaluated at the same points: alpha_c(w, x) for c = 1..C, as if each had drawn them."""
    x, mu, x_bar, w = (1.5 * np.sin(np.arange(1, 1 + a * b) ** 2.0 + a).reshape(a, b) for a, b in SHAPES)
    log_kept = np.zeros(4)
    if request.param == "one dropped":
        log_kept[2] = -np.inf
    log_density = mu @ w - half_squared_norm(mu)[:, None] + log_kept[:, None]
    log_bh = log_density - softmax(log_density, axis=0).log_sum
    return AtDraws(log_bh[None, :, :, None], x, ProposalMeans(mu, x_bar, log_kept), np.zeros((1, 3)))


def alpha_of(name, at):
    log_absolute, sign, log_factor = weighting_of(name, weights=WEIGHTS if name == "constant" else None).alpha(at)
    alpha = np.exp(log_absolute + np.asarray(log_factor)[..., None, None]) * (1 if sign is None else sign)
    return np.broadcast_to(alpha, (5, 4, 6, 1))


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_consistent_weightings_sum_to_one_at_every_point(name, at_one_point):
    """To rounding, some ten operations on numbers below 1; the others are off by more than .01 somewhere."""
    weighting = weighting_of(name, weights=WEIGHTS if name == "constant" else None)
    off = abs(alpha_of(name, at_one_point).sum(1) - 1).max()
    assert off < 1e-14 if weighting.consistent else off > 1e-2


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_dropped_proposals_have_no_weight(name, at_one_point):
    dropped = np.isneginf(at_one_point.means.log_kept)
    assert not alpha_of(name, at_one_point)[:, dropped].any()


@pytest.mark.parametrize("name", WEIGHTINGS)
def test_only_query_weights_are_negative(name, at_one_point):
    negative = (alpha_of(name, at_one_point) < 0).any()
    assert negative == (not weighting_of(name, weights=WEIGHTS if name == "constant" else None).positive)


def test_a_weight_of_zero_stays_zero(at_one_point):
    assert not alpha_of("constant", at_one_point)[:, 1].any()


def test_affinity_does_not_see_a_common_shift_of_means(at_one_point):
    means = at_one_point.means
    shifted = at_one_point._replace(means=means._replace(mu=means.mu + 3.0))
    assert np.allclose(alpha_of("affinity", at_one_point), alpha_of("affinity", shifted), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["query", "query-clamped"])
def test_weights_by_query_need_landmarks_of_queries(name, at_one_point):
    bare = at_one_point._replace(means=at_one_point.means._replace(x_bar=None))
    with pytest.raises(ValueError, match="have no x_bar; expected one"):
        weighting_of(name).alpha(bare)
