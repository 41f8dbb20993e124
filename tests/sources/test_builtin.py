"""Our own estimators as sources."""

import numpy as np
import pytest

from lara_estimators import GivenProbabilities, reference
from lara_verify.problems import make_problem
from lara_verify.sources import BuiltIn, Seeds

ALGORITHMS = [reference.Softmax(), reference.MeanValue(), reference.RA(n_samples=3), reference.RFA(n_samples=2)]


@pytest.mark.parametrize("problem", ["P6-small", "P5"])
@pytest.mark.parametrize("algorithm", ALGORITHMS, ids=lambda a: a.name)
def test_a_block_is_the_estimator_on_the_noise_of_its_seeds(algorithm, problem):
    made, seeds = make_problem(problem), Seeds(1, 2, 3, 4)
    with BuiltIn("reference", algorithm).open(made) as source:
        block = source.draw(seeds)
        again = source.draw(seeds)
    expected = algorithm(made, algorithm.draw(made, seeds.generator(), (4,))).value
    np.testing.assert_array_equal(block.value, expected)
    np.testing.assert_array_equal(again.value, expected)
    assert block.value.shape == (4, *made.batch_shape, made.n_queries, made.value_dim)
    assert block.value.dtype == np.float64
    assert block.dtype == "float64"


def test_names_and_samples():
    source = BuiltIn("reference", reference.RA(n_samples=5))
    assert (source.name, source.estimator, source.n_samples, source.dtype) == ("reference", "ra", 5, "float64")
    assert BuiltIn("reference", reference.Softmax()).n_samples == 1
    assert BuiltIn("torch", reference.RA(), "float32", "cuda:0").name == "torch:float32:cuda:0"
    assert BuiltIn("fault:x", reference.RA()).name == "fault:x"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_twin_repeats_its_draws_and_says_its_dtype(dtype, torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    made, seeds = make_problem("P6-small"), Seeds(0, 0, 0, 8)
    with BuiltIn("torch", twins.RA(n_samples=2), dtype, str(torch_device)).open(made) as source:
        one, two, other = source.draw(seeds), source.draw(seeds), source.draw(Seeds(0, 0, 8, 8))
    np.testing.assert_array_equal(one.value, two.value)
    assert np.any(one.value != other.value)
    assert one.dtype == dtype
    single = np.array_equal(one.value, one.value.astype(np.float32))
    assert single == (dtype == "float32")


def test_a_twin_takes_the_noise_of_the_reference(torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    made, seeds, algorithm = make_problem("P6-small"), Seeds(0, 0, 0, 8), reference.RA(n_samples=2)
    source = BuiltIn("torch", twins.RA(n_samples=2), "float64", str(torch_device), noise_of=algorithm)
    with source.open(made) as twin, BuiltIn("reference", algorithm).open(made) as ours:
        noises = twin.draw(seeds).noise, ours.draw(seeds).noise
    np.testing.assert_array_equal(noises[0].normals, noises[1].normals)
    np.testing.assert_array_equal(noises[0].component, noises[1].component)


def test_a_twin_is_causal_where_the_problem_is(torch_device):
    """And the same to rounding as the reference: exponents up to 30 or so, of 20 roundings each, on values near 1."""
    twins = pytest.importorskip("lara_estimators.torch")
    made, seeds, algorithm = make_problem("P6-causal"), Seeds(0, 0, 0, 8), reference.Index(n_samples=3)
    assert made.causal
    for ours, twin in ((algorithm, twins.Index(n_samples=3)), (reference.Softmax(), twins.Softmax())):
        source = BuiltIn("torch", twin, "float64", str(torch_device), noise_of=ours)
        with source.open(made) as in_torch, BuiltIn("reference", ours).open(made) as in_numpy:
            np.testing.assert_allclose(in_torch.draw(seeds).value, in_numpy.draw(seeds).value, rtol=0, atol=1e-11)


def test_a_twin_takes_given_arrays_of_numpy(torch_device):
    twins = pytest.importorskip("lara_estimators.torch")
    made, seeds = make_problem("P6-small"), Seeds(0, 0, 0, 8)
    given = GivenProbabilities(np.arange(1.0, made.n_keys + 1))
    ours, twin = (package.KeySampling(3, given) for package in (reference, twins))
    source = BuiltIn("torch", twin, "float64", str(torch_device), noise_of=ours)
    with source.open(made) as in_torch, BuiltIn("reference", ours).open(made) as in_numpy:
        np.testing.assert_allclose(in_torch.draw(seeds).value, in_numpy.draw(seeds).value, rtol=0, atol=1e-11)
