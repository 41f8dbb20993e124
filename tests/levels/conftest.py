"""Statistics that look like ours and are wrong, each in the way of its name."""

import math

import numpy as np
import pytest
from scipy.special import stdtr

from lara_verify.levels.statistics import Statistic
from lara_verify.stats.certificate import SmallMeanCertificate
from lara_verify.stats.direction import LearnedDirection
from lara_verify.stats.hull import BoxSupport


def log_inverse(p):
    return -math.log(p) if p > 0 else math.inf


class Sums:
    def __init__(self, bounds):
        self.bounds, self.n, self.total, self.squares = bounds, 0, 0.0, 0.0

    def update(self, block):
        self.n += len(block)
        self.total = self.total + block.sum(axis=0)
        self.squares = self.squares + (block**2).sum(axis=0)

    def standard_error(self):
        mean = self.total / self.n
        return np.sqrt(np.maximum(self.squares / self.n - mean**2, 1e-30) / (self.n - 1))


class StudentTest(Sums):
    """Its p-value is right at one look at most, and only for normal data."""

    def log_e(self):
        t = np.abs(self.total / self.n) / self.standard_error()
        t = np.where(self.standard_error() > 1e-12, t, 0.0)
        return log_inverse(min(1.0, 2 * len(t) * stdtr(self.n - 1, -t.max())))


class NormalCertificate(Sums):
    """Trusts the sample's deviation, which is zero until the rare value comes."""

    def log_e(self):
        mean = self.total / self.n
        t = (self.bounds.tolerance - np.abs(mean)) / self.standard_error()
        return log_inverse(float(stdtr(self.n - 1, -t.min())))


class SlackIgnored:
    def __init__(self, bounds):
        reach = BoxSupport(bounds.support.low - bounds.slack, bounds.support.high + bounds.slack)
        self.inner = LearnedDirection(reach, np.zeros_like(bounds.slack))

    def update(self, block):
        self.inner.update(block)

    def log_e(self):
        return self.inner.log_wealth()


class BetsOnTheBlockItSees:
    def __init__(self, bounds):
        self.bounds, self.wealth = bounds, 0.0

    def update(self, block):
        bet = block.mean(axis=0)[None]
        bet *= 0.5 / max(float(self.bounds.support.loss(bet)[0]), 1e-12)
        self.wealth += float(np.log1p(block @ bet[0]).sum())

    def log_e(self):
        return self.wealth


class WithoutTheFirstCoordinate:
    def __init__(self, bounds):
        low, high = bounds.support.low[1:], bounds.support.high[1:]
        self.inner = SmallMeanCertificate(bounds.tolerance[1:], low, high, bounds.variance[1:])

    def update(self, block):
        self.inner.update(block[:, 1:])

    def log_e(self):
        return self.inner.log_wealth()


WRONG = {
    "a t-test": (StudentTest, "refute", "bernoulli(.02)"),
    "a t-test on attention": (StudentTest, "refute", "ra S=1"),
    "slack ignored": (SlackIgnored, "refute", "boundary"),
    "bets on the block it sees": (BetsOnTheBlockItSees, "refute", "bernoulli(.02)"),
    "a normal certificate": (NormalCertificate, "certify", "bernoulli(.02), above"),
    "one coordinate forgotten": (WithoutTheFirstCoordinate, "certify", "one of eight"),
}


@pytest.fixture(params=WRONG)
def wrong(request: pytest.FixtureRequest):
    """A wrong statistic and the name of the law that shows it; each of the grid in turn."""
    process, kind, law = WRONG[request.param]
    return Statistic(request.param, kind, process, process.log_e), law
