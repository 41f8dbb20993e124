"""Bad input is refused in a sentence that says what was got and what was expected."""

import numpy as np
import pytest

from lara_estimators import (
    FeatureNoise,
    InclusionNoise,
    IndexNoise,
    KeyNoise,
    MixtureNoise,
    Problem,
    ProblemError,
    ProposalNoise,
)
from lara_estimators.reference import (
    LARA,
    RA,
    RFA,
    ExactPlusTail,
    Importance,
    Index,
    KeySampling,
    PoissonSampling,
    StratifiedRA,
    TrigonometricRFA,
)

SAMPLING = [
    LARA,
    RA,
    RFA,
    Importance,
    Index,
    StratifiedRA,
    TrigonometricRFA,
    KeySampling,
    PoissonSampling,
    ExactPlusTail,
]

GOOD = {"q": np.ones((2, 3)), "k": np.ones((4, 3)), "v": np.ones((4, 5))}


@pytest.mark.parametrize("estimator", SAMPLING)
@pytest.mark.parametrize("n_samples", [0, -1, 1.0, True, "4", None])
def test_n_samples_must_be_a_positive_int(estimator, n_samples):
    with pytest.raises(ValueError, match=r"n_samples is .*; expected"):
        estimator(n_samples)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"q": np.ones(3)}, "q has shape"),
        ({"k": np.ones((4, 2))}, "the last axes must be equal"),
        ({"v": np.ones((3, 5))}, "expected as many"),
        ({"q": np.ones((0, 3))}, "at least one position"),
        ({"q": np.full((2, 3), np.nan)}, "q holds NaN or infinity"),
        ({"v": np.full((4, 5), np.inf)}, "v holds NaN or infinity"),
        ({"q": np.ones((2, 3), dtype=int)}, "q has dtype"),
        ({"k": np.ones((4, 3), dtype=complex)}, "k has dtype"),
        ({"k": np.ones((4, 3), dtype=np.float32)}, "must be equal"),
        ({"scale": 0.0}, "scale is 0.0; expected a positive finite number"),
        ({"scale": -1.0}, "expected a positive finite number"),
        ({"scale": np.nan}, "expected a positive finite number"),
        ({"scale": "1"}, "expected a positive number"),
        ({"key_mask": np.zeros(4, dtype=bool)}, "leaves no key"),
        ({"key_mask": np.ones(3, dtype=bool)}, "one entry a key"),
        ({"key_mask": np.ones(4)}, "expected booleans"),
        ({"q": [[1.0]]}, "expected an array"),
        ({"q": np.ones((2, 2, 3)), "k": np.ones((3, 4, 3)), "v": np.ones((3, 4, 5))}, "do not broadcast"),
    ],
)
def test_a_problem_is_checked_when_it_is_made(changed, sentence):
    with pytest.raises(ProblemError, match=sentence):
        Problem(**(GOOD | changed))


@pytest.mark.parametrize(
    ("estimator", "noise", "sentence"),
    [
        (RFA(2), FeatureNoise(np.ones((3, 3))), r"noise.normals has shape \(3, 3\); expected \(\*replicates, 2, 3\)"),
        (RFA(2), FeatureNoise(np.ones(3)), "expected"),
        (RA(2), MixtureNoise(np.zeros((2, 3), int), np.ones((2, 3, 3))), "noise.component has shape"),
        (RA(2), MixtureNoise(np.zeros((2, 2), int), np.ones((2, 3, 3))), "noise.normals has shape"),
        (RA(2), MixtureNoise(np.full((2, 2), 4), np.ones((2, 2, 3))), r"runs from 4 to 4; expected 0\.\.3"),
        (RA(2), MixtureNoise(np.zeros((2, 2)), np.ones((2, 2, 3))), "expected integers"),
        (Index(2), IndexNoise(np.full((2, 2), -1)), "noise.component runs from -1"),
        (Index(2), IndexNoise(np.zeros((2, 1), int)), "noise.component has shape"),
        (
            StratifiedRA(2, 2),
            MixtureNoise(np.zeros((2, 2, 1), int), np.ones((2, 2, 1, 3))),
            "chunk 1 holds",
        ),
        (TrigonometricRFA(2), FeatureNoise(np.ones((2, 2))), r"noise.normals has shape \(2, 2\); expected"),
        (KeySampling(2), KeyNoise(np.zeros(3, int)), r"noise.component has shape \(3,\); expected"),
        (KeySampling(2), KeyNoise(np.zeros(2)), "expected integers"),
        (PoissonSampling(2), InclusionNoise(np.ones((2, 3), bool)), r"noise.included has shape \(2, 3\); expected"),
        (PoissonSampling(2), InclusionNoise(np.ones((2, 4))), "expected booleans"),
        (ExactPlusTail(2), KeyNoise(np.array([0, 1])), "repeats a key or leaves the tail"),
    ],
)
def test_noise_must_fit(estimator, noise, sentence):
    with pytest.raises(ValueError, match=sentence):
        estimator(Problem(**GOOD), noise)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"n_samples": 5, "n_proposals": 2}, "n_samples is 5.*expected a multiple of n_proposals, 2"),
        ({"n_samples": 4, "n_proposals": 0}, "n_proposals is 0; expected"),
        ({"n_samples": 4, "n_proposals": 2.0}, "n_proposals is 2.0; expected an int"),
        ({"weighting": "mis-bh"}, "weighting is 'mis-bh'; expected balance, uniform, .* or affinity-biased"),
        ({"weighting": "query", "beta": np.inf}, "beta is inf; expected a finite number"),
        ({"weighting": "query-clamped", "floor": -1.0}, "floor is -1.0; expected"),
    ],
)
def test_fields_of_lara_are_checked_when_it_is_made(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        LARA(**fields)


def test_more_proposals_than_positions_are_refused():
    problem = Problem(**GOOD)
    sentence = "n_proposals is 3 but there are 2 queries and 4 keys; expected at most 2"
    with pytest.raises(ValueError, match=sentence):
        LARA(3, 3).draw(problem, np.random.Generator(np.random.SFC64(1)))
    with pytest.raises(ValueError, match=sentence):
        LARA(3, 3)(problem, ProposalNoise(np.ones((3, 1, 3))))
    with pytest.raises(ValueError, match=r"noise.normals has shape \(2, 2, 3\); expected \(\*replicates, 2, 1, 3\)"):
        LARA(2, 2)(problem, ProposalNoise(np.ones((2, 2, 3))))


def test_causal_needs_as_many_queries_as_keys_and_the_first_key() -> None:
    with pytest.raises(ProblemError, match="causal with 2 queries and 3 keys; expected as many"):
        Problem(np.zeros((2, 1)), np.zeros((3, 1)), np.zeros((3, 1)), causal=True)
    with pytest.raises(ProblemError, match="causal is 1; expected True or False"):
        Problem(np.zeros((2, 1)), np.zeros((2, 1)), np.zeros((2, 1)), causal=1)  # type: ignore[arg-type]
    with pytest.raises(ProblemError, match="no key for the first query when causal"):
        Problem(np.zeros((2, 1)), np.zeros((2, 1)), np.zeros((2, 1)), key_mask=np.array([False, True]), causal=True)
