"""LARA's fields: what they make of its draws, its name and its claims, and what is refused."""

import dataclasses

import numpy as np
import pytest

from lara_estimators import ClaimName, GivenLandmarks, ProposalNoise
from lara_estimators.reference import LARA

WEIGHTINGS = ["balance", "uniform", "constant", "affinity", "query", "query-clamped", "affinity-biased"]


def test_deterministic_draws_are_the_means(make_problem, rng):
    problem = make_problem(4, 6)
    lara = LARA(3, 3, sampling="deterministic")
    noise = lara.draw(problem, rng, (5,))
    assert noise.normals.shape == (5, 3, 1, 2)
    assert not noise.normals.any()


def test_antithetic_draws_are_pairs_of_each_proposal(make_problem, rng):
    noise = LARA(12, 3, sampling="antithetic").draw(make_problem(4, 6), rng, (5,))
    assert noise.normals.shape == (5, 3, 4, 2)
    assert (noise.normals[..., 0::2, :] == -noise.normals[..., 1::2, :]).all()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "lara[balance]"),
        ({"weighting": "affinity"}, "lara[affinity]"),
        ({"proposals": "mixed", "sampling": "antithetic"}, "lara[balance,mixed,antithetic]"),
        ({"proposals": GivenLandmarks(np.zeros((1, 2)))}, "lara[balance,given]"),
        ({"n_samples": 1, "weighting": "query", "sampling": "deterministic"}, "lara[query,deterministic]"),
    ],
)
def test_the_name_says_what_is_not_usual(fields, name):
    assert LARA(**({"n_samples": 2} | fields)).name == name


@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("sampling", ["iid", "antithetic", "deterministic"])
def test_claims_are_those_of_the_weighting_and_of_draws(weighting, sampling):
    weights = (0.25, 0.75) if weighting == "constant" else None
    lara = LARA(2 if sampling == "deterministic" else 4, 2, weighting, sampling=sampling, weights=weights)
    held = {claim.name for claim in lara.claims}
    consistent = weighting not in ("query-clamped", "affinity-biased") and sampling != "deterministic"
    assert (ClaimName.CONSISTENT in held) == consistent
    assert (ClaimName.BOUNDED in held) == (weighting != "query")
    assert (ClaimName.MSE_AT_N_SAMPLES in held) == (consistent and weighting != "query")
    assert ClaimName.UNBIASED not in held


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"weighting": "mis-bh"}, "weighting is 'mis-bh'; expected balance, uniform, constant, .* or affinity-biased"),
        ({"weighting": "constant"}, "weights are None; expected a number a proposal"),
        ({"weights": (0.5, 0.5)}, r"weights are \(0.5, 0.5\); expected None, as the weighting is 'balance'"),
        ({"weighting": "constant", "weights": (1.0,)}, "there are 1 weights; expected n_proposals, 2"),
        ({"weighting": "constant", "weights": (0.5, 0.4)}, "weights sum to 0.9; expected 1"),
        ({"weighting": "constant", "weights": (1.5, -0.5)}, "expected finite numbers, at least 0"),
        ({"proposals": "learned"}, "proposals is 'learned'; expected plain, mixed, value-mixed or GivenLandmarks"),
        ({"sampling": "orthogonal"}, "sampling is 'orthogonal'; expected iid, antithetic or deterministic"),
        ({"n_samples": 6, "sampling": "antithetic"}, "n_samples / n_proposals is 3; expected an even number"),
        ({"sampling": "deterministic"}, "n_samples / n_proposals is 2; expected 1"),
        (
            {"weighting": "query", "proposals": GivenLandmarks(np.zeros((2, 2)))},
            "the given landmarks have no x_bar; expected one, as the weighting query reads it",
        ),
    ],
)
def test_fields_are_checked_when_it_is_made(fields, sentence):
    with pytest.raises(ValueError, match=sentence):
        LARA(**({"n_samples": 4, "n_proposals": 2} | fields))


@pytest.mark.parametrize(
    ("lara", "sentence"),
    [
        (LARA(4, 4), "n_proposals is 4 but there are 3 queries and 5 keys; expected at most 3"),
        (LARA(2, 2, proposals=GivenLandmarks(np.zeros((3, 2)))), r"landmarks.mu has shape \(3, 2\); expected \(2, 2\)"),
        (
            LARA(2, 2, proposals=GivenLandmarks(np.zeros((2, 2)), np.zeros((2, 1)))),
            r"landmarks.x_bar has shape \(2, 1\); expected \(2, 2\)",
        ),
        (LARA(2, 2, "constant", weights=(0.0, 1.0)), "are 0 for every proposal whose segment has a key"),
    ],
)
def test_what_does_not_fit_the_problem_is_refused(lara, sentence, make_problem, rng):
    problem = make_problem(mask=np.array([True, True, True, False, False]))
    with pytest.raises(ValueError, match=sentence):
        lara(problem, lara.draw(problem, rng))


def test_there_is_no_causal_form(make_problem, rng):
    problem = dataclasses.replace(make_problem(5, 5), causal=True)
    for step in (lambda: LARA().draw(problem, rng), lambda: LARA()(problem, ProposalNoise(np.zeros((1, 1, 2))))):
        with pytest.raises(ValueError, match=r"lara\[balance\] has no causal form: its landmarks read all queries"):
            step()
