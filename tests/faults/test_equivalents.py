"""What is unusual but right: the same numbers on the same noise, or the same law, and never refuted."""

import numpy as np
import pytest

from lara_estimators import ClaimName
from lara_estimators.reference import RFA
from lara_verify.faults import EQUIVALENTS, FAULTS
from lara_verify.faults.equivalents.alias_component import alias_tables
from lara_verify.faults.equivalents.rfa_unsigned_pairs import UnsignedPairs
from lara_verify.faults.equivalents.stratified_component import StratifiedComponent
from lara_verify.faults.equivalents.systematic_component import SystematicComponent
from lara_verify.faults.lara.stepwise import StepwiseLARA
from lara_verify.faults.ra.stepwise import StepwiseRA
from lara_verify.faults.rfa.stepwise import StepwiseRFA
from lara_verify.faults.rfa.trigonometric import StepwiseTrigonometric
from lara_verify.problems import make_problem
from lara_verify.verdict import Verdict

BY_NAME = {equivalent.name: equivalent for equivalent in EQUIVALENTS}
SAME_NOISE = {
    "ra": (
        StepwiseRA,
        ("P1", "P5", "P5-padded"),
        ("query-stabiliser", "unstabilised", "value-columns", "centred-values", "reversed-keys"),
    ),
    "rfa": (
        StepwiseRFA,
        ("P1", "opposed", "P5", "P5-padded"),
        (
            "rfa-constant-factor",
            "rfa-plain-features",
            "rfa-log-kernels",
            "rfa-permuted-draws",
            "rfa-masked-stabiliser",
        ),
    ),
    "lara": (
        StepwiseLARA,
        ("varied", "aligned", "P5-oblong"),
        ("lara-softmax-weights", "lara-weights-of-sum", "lara-uniform-over-mixture"),
    ),
}
EXACT = {name: kind for kind, (_, _, names) in SAME_NOISE.items() for name in names}
SAMPLED = [name for name in BY_NAME if name not in EXACT]
# signed features are judged where queries and keys do not point apart
ON = {"ra": ("P1",), "rfa": ("axes",), "lara": ("varied",)}
N_SAMPLES = 32


@pytest.mark.parametrize("name", EXACT)
def test_it_is_the_estimator_on_the_same_noise(name, rng):
    right, problems, _ = SAME_NOISE[EXACT[name]]
    for problem in map(make_problem, problems):
        noise = right(N_SAMPLES).draw(problem, rng, (5,))
        expected = right(N_SAMPLES)(problem, noise).value
        got = BY_NAME[name].algorithm(N_SAMPLES)(problem, noise).value
        # weights that sum to one: a thousand roundings bound what S draws and M keys gather
        assert np.abs(got - expected).max() <= 1000 * np.finfo(float).eps * np.abs(problem.v).max()


@pytest.mark.parametrize("name", EXACT)
def test_changed_masked_keys_do_not_move_it(name, judge):
    """Exact: at rounding."""
    assert set(judge(BY_NAME[name], (ClaimName.NO_LEAK,))) == {Verdict.CERTIFIED}


@pytest.mark.parametrize("name", SAMPLED)
def test_it_is_certified_in_all_that_it_keeps(name, judge):
    """Level: refuted with a chance of at most 1e-6 a claim; certified at 1 % of the range, or in first-order units."""
    equivalent = BY_NAME[name]
    kind = equivalent.of.partition("[")[0]
    assert set(judge(equivalent, equivalent.keeps, ON[kind], share=0.01)) == {Verdict.CERTIFIED}


@pytest.mark.parametrize("name", ["single-precision", "rfa-single-precision"])
def test_single_precision_computes_in_float32(name, rng):
    algorithm = BY_NAME[name].algorithm(N_SAMPLES)
    problem = make_problem("P1")
    value = algorithm(problem, algorithm.draw(problem, rng, (5,))).value
    assert value.dtype == np.float32 == np.dtype(algorithm.dtype)


def test_there_are_enough_of_them():
    assert len(EQUIVALENTS) >= 16
    assert len(BY_NAME) == len(EQUIVALENTS)
    assert not set(BY_NAME) & {fault.name for fault in FAULTS}
    for equivalent in EQUIVALENTS:
        assert not equivalent.breaks
        assert equivalent.mend.startswith("nothing to mend: ")


def test_alias_tables_give_every_key_its_probability(rng):
    pi = rng.dirichlet(np.full(9, 0.3), 50)
    pi[0] = np.eye(9)[3]
    kept, alias = alias_tables(pi)
    assert ((kept >= 0) & (kept <= 1)).all()
    share = kept / 9
    for row in range(len(pi)):
        np.add.at(share[row], alias[row], (1 - kept[row]) / 9)
    # each entry is at most 9 subtractions of numbers up to 9 from its probability
    assert np.abs(share - pi).max() <= 100 * np.finfo(float).eps


def test_systematic_components_are_drawn_with_their_probabilities(rng):
    """Exact: over a uniform number, each key is taken ``S pi_m`` times, as an integral over a grid finer than 1e-4."""
    pi = rng.dirichlet(np.ones(6), 3)
    grid = 20_000

    class Grid:
        def random(self, shape):
            assert shape == (grid, 3, 1)
            return np.broadcast_to((np.arange(grid) + 0.5)[:, None, None] / grid, shape)

    component = SystematicComponent(7).component(pi, Grid(), (grid,))
    share = (component[..., None] == np.arange(6)).mean(axis=(0, 2))
    # each of the 5 borders is crossed once: an error of a cell of the grid for either side
    assert np.abs(share - pi).max() <= 2 / grid


def test_strata_weighted_by_probability_have_the_mean_of_the_mixture(rng):
    """Exact: given one normal vector for all, the mean of RA over its component is what the strata return."""
    problem = make_problem("P6-small")
    strata = StratifiedComponent(1)
    component, normals = strata.draw(problem, rng)
    normals = np.broadcast_to(normals[:, :1], normals.shape)
    pi = strata.probabilities(*strata.symbols(problem)[:2], strata.symbols(problem).log_mask)
    each = [
        StepwiseRA(1)(problem, type(strata.draw(problem, rng))(component[:, m : m + 1], normals[:, m : m + 1])).value
        for m in range(problem.n_keys)
    ]
    expected = np.einsum("nm,mne->ne", pi, np.stack(each))
    got = strata(problem, type(strata.draw(problem, rng))(component, normals)).value
    assert np.abs(got - expected).max() <= 1000 * np.finfo(float).eps * np.abs(problem.v).max()


def test_every_row_of_unsigned_pairs_has_the_moments_of_a_normal_vector(rng):
    """Level 1e-6 over all, Hoeffding on moments of unit rows, |.| <= 1; sees .04; without pairs E w_1 is -.3."""
    n_blocks, dim = 100_000, 3
    rows = UnsignedPairs(2 * dim).normals(rng, (n_blocks, 2 * dim, dim))
    unit = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    # each pair by its mean, so that the rows of a pair count once
    moments = {
        "first": (unit[..., 0], 0.0),
        "mixed": (unit[..., 0] * unit[..., 1], 0.0),
        "second": (unit[..., 2] ** 2, 1 / 3),
        "odd": (unit[..., 0] * unit[..., 1] * unit[..., 2], 0.0),
    }
    slack = np.sqrt(2 * np.log(2 * 4 * dim / 1e-6) / n_blocks)
    for values, expected in moments.values():
        pairs = values.reshape(n_blocks, dim, 2).mean(axis=-1)
        assert np.abs(pairs.mean(axis=0) - expected).max() <= slack


def test_trigonometric_and_coupled_draws_are_those_of_the_references(rng):
    problem = make_problem("axes")
    noise = RFA(N_SAMPLES, "antithetic").draw(problem, rng, (3,))
    expected = RFA(N_SAMPLES, "antithetic")(problem, noise).value
    got = BY_NAME["rfa-antithetic"].algorithm(N_SAMPLES)(problem, noise).value
    assert np.abs(got - expected).max() <= 1000 * np.finfo(float).eps * np.abs(problem.v).max()
    assert isinstance(BY_NAME["rfa-trigonometric"].algorithm(N_SAMPLES), StepwiseTrigonometric)
