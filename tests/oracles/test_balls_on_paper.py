"""Formulas in balls against mpmath, written from densities of the scaled space."""

import mpmath
import numpy as np
import pytest

from lara_estimators import (
    FeatureNoise,
    GivenLandmarks,
    GivenProposal,
    InclusionNoise,
    KeyNoise,
    MixtureNoise,
    Problem,
    ProposalNoise,
)
from lara_verify.oracles.balls import ball_value, formula_of

DIGITS = 60
CLOSE = 1e-40
N, M, D, E = 3, 5, 2, 2


def problem_of(rng, mask=None):
    return Problem(rng.standard_normal((N, D)), rng.standard_normal((M, D)), rng.standard_normal((M, E)), None, mask)


def balls_of(problem, estimator, noise, **options):
    balls = ball_value(problem, formula_of(estimator, **options), noise)
    with mpmath.workdps(DIGITS):
        return [[mpmath.mpf(entry.mid().str(DIGITS, radius=False)) for entry in row] for row in balls]


def assert_equal(one, other):
    """Numbers to 60 digits of which at least 45 are right, differences to 40."""
    with mpmath.workdps(DIGITS):
        for row, expected in zip(one, other, strict=True):
            for a, b in zip(row, expected, strict=True):
                assert abs(a - b) <= CLOSE * (1 + abs(b)), (a, b)


class OnPaper:
    """A problem in mpmath, and the estimators as ratios of densities of the scaled space."""

    def __init__(self, problem):
        root = mpmath.sqrt(mpmath.mpf(problem.scale))
        mask = np.ones(M, bool) if problem.key_mask is None else problem.key_mask
        self.x = [root * mpmath.matrix(row.tolist()) for row in problem.q]
        self.y = [root * mpmath.matrix(row.tolist()) for row in problem.k]
        self.v = [mpmath.matrix(row.tolist()) for row in problem.v]
        self.keys = [m for m in range(M) if mask[m]]

    @staticmethod
    def density(w, mu, covariance=None):
        """N(w; mu, covariance), up to the power of 2 pi."""
        apart = w - mu
        if covariance is None:
            return mpmath.exp(-(apart.T * apart)[0] / 2)
        inverse = covariance**-1
        return mpmath.exp(-(apart.T * inverse * apart)[0] / 2) / mpmath.sqrt(mpmath.det(covariance))

    def joint(self, x, w):
        """``pi_m N(w; x + y_m, I)`` of each key, pi not normalised."""
        return [mpmath.exp((x.T * self.y[m])[0]) * self.density(w, x + self.y[m]) for m in self.keys]

    def average(self, x, draws, weights):
        """``sum weight p_x(w) f(w) / sum weight p_x(w)``, where ``p_x f = sum_m joint_m v_m``."""
        joints = [self.joint(x, w) for w in draws]
        normaliser = mpmath.fsum(a * b for joint, b in zip(joints, weights, strict=True) for a in joint)
        return [
            mpmath.fsum(
                b * a * self.v[m][j]
                for joint, b in zip(joints, weights, strict=True)
                for a, m in zip(joint, self.keys, strict=True)
            )
            / normaliser
            for j in range(E)
        ]

    def sums(self):
        return [x + self.y[m] for x in self.x for m in self.keys]


def minimised(second_moment):
    """Root of the derivative of the logarithm of a second moment in s^2, by bisection from above 1/2."""
    derivative = lambda s2: mpmath.diff(lambda t: mpmath.log(second_moment(t)), s2)  # noqa: E731
    return mpmath.findroot(derivative, (mpmath.mpf("0.9"), mpmath.mpf(60)), solver="anderson", tol=1e-45)


def proposal_in_mpmath(paper, kind):
    """Mean and covariance; the optima minimise ``(s^4 / (2 s^2 - 1))^{d/2} e^{phi / (2 s^2 - 1)}`` numerically."""
    mean_square = lambda rows: mpmath.fsum((row.T * row)[0] for row in rows) / len(rows)  # noqa: E731
    moment = lambda phi, d: lambda s2: (s2**2 / (2 * s2 - 1)) ** (mpmath.mpf(d) / 2) * mpmath.exp(phi / (2 * s2 - 1))  # noqa: E731
    if kind == "isotropic":
        return mpmath.zeros(D, 1), minimised(moment(mean_square(paper.sums()), D)) * mpmath.eye(D)
    if kind == "diagonal":
        phis = [mean_square([mpmath.matrix([row[j]]) for row in paper.sums()]) for j in range(D)]
        return mpmath.zeros(D, 1), mpmath.diag([minimised(moment(phi, 1)) for phi in phis])
    return mpmath.matrix(kind.mu.tolist()), mpmath.matrix(kind.covariance.tolist())


@pytest.mark.parametrize("kind", ["isotropic", "diagonal", "given"])
@pytest.mark.parametrize("masked", [False, True])
def test_rfa_is_a_ratio_of_densities(kind, masked, rng):
    problem = problem_of(rng, np.array([False, True, True, False, True]) if masked else None)
    kind = GivenProposal(rng.standard_normal(D), np.array([[1.5, 0.25], [0.25, 1.0]])) if kind == "given" else kind
    normals = rng.standard_normal((4, D))
    ours = balls_of(problem, "RFA", FeatureNoise(normals), proposal=kind)
    with mpmath.workdps(DIGITS):
        paper = OnPaper(problem)
        mu, covariance = proposal_in_mpmath(paper, kind)
        draws = [mu + mpmath.cholesky(covariance) * mpmath.matrix(z.tolist()) for z in normals]
        weights = [1 / paper.density(w, mu, covariance) for w in draws]
        assert_equal(ours, [paper.average(x, draws, weights) for x in paper.x])


WEIGHTINGS = ["balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased"]


def alphas(paper, weighting, x, mus, x_bars, c, bh):
    """Weight of proposal c at its draw, from estimators.md, section 2."""
    dot = lambda a, b: mpmath.exp((a.T * b)[0])  # noqa: E731
    t = [dot(bar, x) / mpmath.fsum(dot(bar, other) for other in paper.x) for bar in x_bars]
    query = lambda beta: bh + beta * (t[c] - mpmath.fsum(t) / len(t))  # noqa: E731
    return {
        "balance": lambda: bh,
        "uniform": lambda: mpmath.mpf(1) / len(mus),
        "constant": lambda: mpmath.mpf([0.25, 0.5, 0.25][c]),
        "affinity": lambda: dot(x, mus[c]) / mpmath.fsum(dot(x, mu) for mu in mus),
        "query": lambda: query(1),
        "query-clamped": lambda: max(query(2), mpmath.mpf(1e-8)),
        "affinity-biased": lambda: dot(x, mus[c]) * bh,
    }[weighting]()


@pytest.mark.parametrize("proposals", ["plain", "mixed", "value-mixed", "given"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_lara_is_a_ratio_of_densities(weighting, proposals, rng):
    """Three segments: keys 0 and 1, 2 and 3, 4; key 3 is masked."""
    problem = problem_of(rng, np.array([True, True, True, False, True]))
    normals, given = rng.standard_normal((3, 2, D)), GivenLandmarks(*rng.standard_normal((2, 3, D)))
    options = {"weights": (0.25, 0.5, 0.25)} if weighting == "constant" else {}
    options |= {"n_proposals": 3, "weighting": weighting, "proposals": given if proposals == "given" else proposals}
    ours = balls_of(problem, "LARA", ProposalNoise(normals), **options)
    with mpmath.workdps(DIGITS):
        paper = OnPaper(problem)
        x_bars, parts = paper.x, [[0, 1], [2], [4]]
        y_bars, v_bars = ([sum(rows[1:], rows[0]) / len(rows) for rows in [[of[m] for m in part] for part in parts]]
                          for of in (paper.y, paper.v))  # fmt: skip
        if proposals in ("mixed", "value-mixed"):
            size = [mpmath.norm(v) if proposals == "value-mixed" else 1 for v in v_bars]
            logits = [[(a.T * b)[0] + mpmath.log(s) for b, s in zip(y_bars, size, strict=True)] for a in y_bars]
            y_bars = [
                sum((mpmath.exp(a) * y for a, y in zip(row, y_bars, strict=True)), mpmath.zeros(D, 1))
                / mpmath.fsum(mpmath.exp(a) for a in row)
                for row in logits
            ]
        mus = [a + b for a, b in zip(x_bars, y_bars, strict=True)]
        if proposals == "given":
            mus, x_bars = ([mpmath.matrix(row.tolist()) for row in of] for of in (given.mu, given.x_bar))
        draws = [(c, mus[c] + mpmath.matrix(z.tolist())) for c in range(3) for z in normals[c]]
        expected = []
        for x in paper.x:
            weights = []
            for c, w in draws:
                own, every = paper.density(w, mus[c]), mpmath.fsum(paper.density(w, mu) for mu in mus)
                weights.append(alphas(paper, weighting, x, mus, x_bars, c, own / every) / own)
            expected.append(paper.average(x, [w for _, w in draws], weights))
        assert_equal(ours, expected)


@pytest.mark.parametrize("masked", [False, True])
def test_ra_importance_and_trigonometric_on_paper(masked, rng):
    problem = problem_of(rng, np.array([False, True, True, False, True]) if masked else None)
    normals, component = rng.standard_normal((N, 2, D)), rng.choice([1, 2, 4], (N, 2))
    ra = balls_of(problem, "RA", MixtureNoise(component, normals))
    importance = balls_of(problem, "Importance", FeatureNoise(normals[0]))
    trigonometric = balls_of(problem, "TrigonometricRFA", FeatureNoise(normals[0]))
    with mpmath.workdps(DIGITS):
        paper = OnPaper(problem)
        z = [[mpmath.matrix(row.tolist()) for row in rows] for rows in normals]
        f = lambda x, w: mpmath.matrix(paper.average(x, [w], [1]))  # noqa: E731
        expected = []
        for n, x in enumerate(paper.x):
            at = [f(x, x + paper.y[component[n, s]] + z[n][s]) for s in range(2)]
            expected.append(list((at[0] + at[1]) / 2))
        assert_equal(ra, expected)
        expected = []
        for x in paper.x:
            known = mpmath.fsum(mpmath.exp((x.T * paper.y[m])[0]) for m in paper.keys)
            ratios = [mpmath.fsum(paper.joint(x, w)) / known / paper.density(w, 0 * w) for w in z[0]]
            expected.append(list((ratios[0] * f(x, z[0][0]) + ratios[1] * f(x, z[0][1])) / 2))
        assert_equal(importance, expected)
        expected = []
        for x in paper.x:
            # cos(w.x - w.y) = cos(w.x) cos(w.y) + sin(w.x) sin(w.y): the features
            features = lambda u: [  # noqa: E731
                mpmath.exp((u.T * u)[0] / 2) * g((w.T * u)[0]) for w in z[0] for g in (mpmath.cos, mpmath.sin)
            ]
            kappa = [mpmath.fdot(features(x), features(paper.y[m])) for m in paper.keys]
            top = [mpmath.fsum(a * paper.v[m][j] for a, m in zip(kappa, paper.keys, strict=True)) for j in range(E)]
            expected.append([entry / mpmath.fsum(kappa) for entry in top])
        assert_equal(trigonometric, expected)


def test_poisson_sizes_on_paper(rng):
    """``rho = min(1, S g / sum g)``; an empty sample is the mean value; the angle of parallel vectors is exact."""
    problem = problem_of(rng, np.array([True, True, False, True, True]))
    problem.q[0], problem.k[1] = [0.5, -1.25], [-1.0, 2.5]
    included = np.array([[False] * M, [True, True, False, True, False], [False, True, False, True, True]])
    ours = balls_of(problem, "PoissonSampling", InclusionNoise(included), n_samples=2, size="collision", n_bits=3)
    with mpmath.workdps(DIGITS):
        paper = OnPaper(problem)
        unit = lambda u: u / mpmath.norm(u)  # noqa: E731
        expected = [list(sum((paper.v[m] for m in paper.keys[1:]), paper.v[paper.keys[0]]) / len(paper.keys))]
        for n in (1, 2):
            g = {m: (1 - mpmath.acos((unit(paper.x[n]).T * unit(paper.y[m]))[0]) / mpmath.pi) ** 3 for m in paper.keys}
            weight = {
                m: mpmath.exp((paper.x[n].T * paper.y[m])[0]) / min(1, 2 * g[m] / mpmath.fsum(g.values()))
                for m in paper.keys
                if included[n, m]
            }
            top = [mpmath.fsum(weight[m] * paper.v[m][j] for m in weight) for j in range(E)]
            expected.append([entry / mpmath.fsum(weight.values()) for entry in top])
        assert_equal(ours, expected)
    one = Problem(np.ones((1, 1)), np.array([[2.0], [-3.0]]), np.ones((2, 1)))
    opposite = balls_of(one, "PoissonSampling", InclusionNoise(np.array([[True, False]])), size="collision")
    assert opposite == [[1]]


def test_keys_by_value_norm_on_paper(rng):
    problem, component = problem_of(rng), np.array([4, 0, 4])
    ours = balls_of(problem, "KeySampling", KeyNoise(component), proposal="value-norm")
    with mpmath.workdps(DIGITS):
        paper = OnPaper(problem)
        norms = [mpmath.norm(v) for v in paper.v]
        q = [size + mpmath.fsum(norms) / M for size in norms]
        expected = []
        for x in paper.x:
            weights = [mpmath.exp((x.T * paper.y[m])[0]) / q[m] for m in component]
            top = [mpmath.fsum(a * paper.v[m][j] for a, m in zip(weights, component, strict=True)) for j in range(E)]
            expected.append([entry / mpmath.fsum(weights) for entry in top])
        assert_equal(ours, expected)
