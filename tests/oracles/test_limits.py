"""Limits of inconsistent weightings, against adaptive integration on the line, kinks given to it."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, optimize

from lara_estimators.problem import Problem
from lara_verify.oracles.answer import OutsideDomainError
from lara_verify.oracles.exact_softmax import exact_softmax
from lara_verify.oracles.limits import AffinityBiased, QueryClamped, limit
from lara_verify.problems import make_problem


def line_problem(size=1.5):
    rng = np.random.default_rng(21)
    return Problem(size * rng.normal(size=(4, 1)), size * rng.normal(size=(4, 1)), rng.normal(size=(4, 2)), scale=1.0)


def by_adaptive_integration(problem, n, kind, beta):
    """Two proposals; everything as defined, with densities of the target itself."""
    q, k, v = problem.q[:, 0], problem.k[:, 0], problem.v
    x = q[n]
    x_bar = np.array([q[:2].mean(), q[2:].mean()])
    mu = x_bar + np.array([k[:2].mean(), k[2:].mean()])
    t = np.array([np.exp(c * x) / np.exp(c * q).sum() for c in x_bar])
    offset = beta * (t - t.mean())

    def balance(w):
        density = np.exp(-((w - mu) ** 2) / 2)
        return density / density.sum()

    def total(w):
        if kind == "clamped":
            return np.maximum(balance(w) + offset, 1e-8).sum()
        return (np.exp(x * mu) * balance(w)).sum()

    def target(w):
        joint = np.exp(x * k) * np.exp(-((w - x - k) ** 2) / 2)
        return joint.sum(), joint @ v / joint.sum()

    def expectation(j):
        def integrand(w):
            density, f = target(w)
            return density * total(w) * (1.0 if j is None else f[j])

        kinks = [-30.0, 30.0, *(x + k), *mu]
        for c in range(2):

            def gap(w, c=c):
                return balance(w)[c] + offset[c]

            if kind == "clamped" and gap(-30.0) * gap(30.0) < 0:
                kinks.append(optimize.brentq(gap, -30, 30))
        points = np.unique(kinks)
        return sum(integrate.quad(integrand, a, b, epsabs=1e-12)[0] for a, b in pairwise(points))

    normaliser = expectation(None)
    return np.array([expectation(j) / normaliser for j in range(v.shape[1])])


@pytest.mark.parametrize("beta", [1.0, 8.0])
def test_clamped_limit(beta):
    problem = line_problem()
    known = limit(problem, QueryClamped(beta), 2)
    truth = np.array([by_adaptive_integration(problem, n, "clamped", beta) for n in range(4)])
    assert np.all(np.abs(known.value - truth) <= known.error + 1e-9)
    assert known.error.max() < 1e-12
    assert np.abs(truth - exact_softmax(problem).value).max() > 1e-3


def test_affinity_biased_limit():
    problem = line_problem()
    known = limit(problem, AffinityBiased(), 2)
    truth = np.array([by_adaptive_integration(problem, n, "biased", 0.0) for n in range(4)])
    assert np.all(np.abs(known.value - truth) <= known.error + 1e-9)
    assert np.abs(truth - exact_softmax(problem).value).max() > 0.05


@dataclass(frozen=True)
class Balance:
    """Consistent: the weights sum to one."""

    tolerance: float = 1e-11

    def offsets(self, x, landmarks):
        return np.zeros((len(x), len(landmarks.mu)))

    def total(self, balance, offsets):
        return (balance + offsets).sum(axis=-1)

    def kinks(self, offsets):
        return None


@pytest.mark.parametrize("weighting", [Balance(), QueryClamped(0.0), QueryClamped(1.0, floor=-np.inf)])
@pytest.mark.parametrize("name", ["P3L-d2", "P3L-d64"])
def test_weights_that_sum_to_one_give_softmax(name, weighting):
    problem = make_problem(name)
    known, exact = limit(problem, weighting, 3), exact_softmax(problem)
    assert np.all(np.abs(known.value - exact.value) <= known.error + exact.error + 1e-13)


def test_one_proposal_has_no_choice():
    problem = make_problem("P3L-d8")
    assert np.abs(limit(problem, AffinityBiased(), 1).value - exact_softmax(problem).value).max() < 1e-12


def test_kinks_on_curves_are_known_well():
    """Against the definition on a grid: ``E_{p_x}[a f] / E_{p_x}[a]`` with f, two queries of a problem in the plane."""
    rng = np.random.default_rng(22)
    q, k, v = rng.uniform(-1.2, 1.2, (3, 2)), rng.uniform(-1.2, 1.2, (3, 2)), np.eye(3)
    known = limit(Problem(q, k, v, scale=1.0), QueryClamped(2.0), 3)
    assert known.error.max() < 1e-5
    line = np.arange(-11, 11, 0.02)
    w = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
    mu = q + k
    balance = np.exp(w @ mu.T - (mu**2).sum(axis=1) / 2)
    balance /= balance.sum(axis=1, keepdims=True)
    moved = []
    for n in range(2):
        t = np.array([np.exp(c @ q[n]) / np.exp(q @ c).sum() for c in q])
        total = np.maximum(balance + 2 * (t - t.mean()), 1e-8).sum(axis=1)
        joint = np.exp(k @ q[n]) * np.exp(-0.5 * ((w[:, None, :] - q[n] - k) ** 2).sum(axis=-1))
        truth = (total @ (joint @ v)) / (total @ joint.sum(axis=1))
        assert np.all(np.abs(known.value[n] - truth) <= known.error[n] + 1e-5)
        moved.append(np.abs(truth - exact_softmax(Problem(q, k, v, scale=1.0)).value[n]).max())
    assert max(moved) > 1e-3


def test_proposals_of_wide_differences_are_refused():
    with pytest.raises(OutsideDomainError, match="span 4 dimensions"):
        limit(make_problem("P1"), AffinityBiased(), 5)
