"""The torch twins against the references on the same noise, on every device present; limits are derived bounds."""

import inspect
import re

import numpy as np
import pytest

from lara_estimators import NoNoise, Problem, reference
from lara_verify.oracles.rounding import rounding_bound

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


def to_torch(problem, dtype, device):
    q, k, v = (torch.tensor(array, dtype=dtype, device=device) for array in (problem.q, problem.k, problem.v))
    mask = None if problem.key_mask is None else torch.tensor(problem.key_mask, device=device)
    return Problem(q, k, v, problem.scale, mask, problem.causal)


def rounded(problem, dtype):
    """The problem with its arrays rounded to a dtype, in float64 again."""
    arrays = (torch.tensor(array, dtype=dtype).double().numpy() for array in (problem.q, problem.k, problem.v))
    return Problem(*arrays, problem.scale, problem.key_mask, problem.causal)


def generator_on(device, seed=5):
    return torch.Generator(device).manual_seed(seed)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_twin_equals_reference_on_the_same_noise(twin_case, dtype, torch_device, rng):
    exact = rounded(twin_case.problem, dtype)
    estimator, twin = twin_case.option.make(reference), twin_case.option.make(twins)
    noise = estimator.draw(exact, rng, (4,))
    estimate = twin(to_torch(exact, dtype, torch_device), noise)
    assert (estimate.value.dtype, estimate.value.device.type) == (dtype, torch_device.type)
    value = estimate.value.double().cpu().numpy()
    expected = estimator(exact, noise).value
    assert value.shape == expected.shape
    bound = rounding_bound(exact, estimator, noise, dtype) + rounding_bound(exact, estimator, noise, "float64")
    assert (np.abs(value - expected) <= bound).all()


def test_logarithms_are_those_of_the_reference(twin_case, torch_device, rng):
    """As weights, against the largest of the query; where the twin keeps them.

    Exponents are sums of terms below 50 here, of some 20 roundings each, so that a weight is off by 50 * 20 eps, 2e-13
    of it. Where signs cancel the weights' sum is small: 1e-9 leaves room for one in 5,000.
    """
    problem = twin_case.problem
    estimator, twin = twin_case.option.make(reference), twin_case.option.make(twins)
    noise = estimator.draw(problem, rng, (2,))
    ours, theirs = estimator(problem, noise), twin(to_torch(problem, torch.float64, torch_device), noise)
    for expected, tensor in ((ours.log_normaliser, theirs.log_normaliser), (ours.log_weights, theirs.log_weights)):
        assert expected is not None or tensor is None
        if tensor is not None:
            weights = np.exp(tensor.cpu().numpy())
            assert (weights.shape, weights.dtype) == (expected.shape, expected.dtype)
            size = np.abs(np.exp(expected)).max(-1, keepdims=True)
            assert (np.abs(weights - np.exp(expected)) <= 1e-9 * size).all()


def test_names_and_claims_are_those_of_the_reference(twin_case):
    """But for the gradient of RA, which the twin can make unbiased, and what only one of two promises of cost."""
    estimator, twin = twin_case.option.make(reference), twin_case.option.make(twins)
    assert twin.name == estimator.name
    ours, theirs = ({claim.name: claim.condition for claim in one.claims} for one in (estimator, twin))
    assert ours.keys() == theirs.keys()
    if twin_case.option.class_name != "RA":
        assert ours == theirs


@pytest.mark.parametrize("replicates", [(), (0,), (2, 3)])
def test_twin_draws_what_reference_accepts(twin_case, replicates, torch_device):
    problem = twin_case.problem
    estimator, twin = twin_case.option.make(reference), twin_case.option.make(twins)
    own = to_torch(problem, torch.float64, torch_device)
    noise = twin.draw(own, generator_on(torch_device), replicates)
    value = twin(own, noise).value.cpu().numpy()
    if isinstance(noise, NoNoise):
        in_numpy = noise
    else:
        assert all(part.device.type == torch_device.type for part in noise)
        in_numpy = type(noise)(*(part.cpu().numpy() for part in noise))
    expected = estimator(problem, in_numpy).value
    assert value.shape == expected.shape == (*replicates, *problem.batch_shape, problem.n_queries, problem.value_dim)
    if 0 not in replicates:
        bound = rounding_bound(problem, estimator, in_numpy, "float64")
        assert (np.abs(value - expected) <= 2 * bound).all()


def test_same_seed_same_noise_and_global_state_untouched(twin_case, torch_device):
    own = to_torch(twin_case.problem, torch.float32, torch_device)
    twin = twin_case.option.make(twins)
    before = torch.get_rng_state()
    one, other = (twin.draw(own, generator_on(torch_device), (2,)) for _ in range(2))
    twin(own, one)
    assert all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(one, other, strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_masked_huge_numbers_do_not_leak(masked_twin, torch_device):
    """The same bits with 3e38 under the mask: in what is drawn, and in what comes out."""
    own = to_torch(masked_twin.problem, torch.float32, torch_device)
    k, v = (tensor.expand(2, *tensor.shape[-2:]).clone() for tensor in (own.k, own.v))
    k[~own.key_mask], v[~own.key_mask] = 3e38, -3e38
    poisoned = Problem(own.q, k, v, own.scale, own.key_mask, own.causal)
    twin = masked_twin.option.make(twins)
    noises = [twin.draw(problem, generator_on(torch_device), (3,)) for problem in (own, poisoned)]
    assert all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(*noises, strict=True))
    assert torch.equal(twin(own, noises[0]).value, twin(poisoned, noises[0]).value)


def test_functional_form_is_the_class(twin_of_class, torch_device):
    own = to_torch(twin_of_class.problem, torch.float32, torch_device)
    twin = twin_of_class.option.make(twins)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", twin_of_class.option.class_name).lower()
    function = getattr(twins, name)
    options = dict(twin_of_class.option.fields)
    if "generator" in inspect.signature(function).parameters:
        options["generator"] = generator_on(torch_device)
    if own.causal:
        options["causal"] = True
    value = function(own.q, own.k, own.v, key_mask=own.key_mask, **options)
    assert torch.equal(value, twin(own, twin.draw(own, generator_on(torch_device))).value)


def test_later_keys_do_not_leak(causal_twin, torch_device):
    """Causal: the last key and value changed, the same bits for all queries but the last."""
    own = to_torch(causal_twin.problem, torch.float32, torch_device)
    k, v = own.k.clone(), own.v.clone()
    k[..., -1, :], v[..., -1, :] = 30, -1e6
    changed = Problem(own.q, k, v, own.scale, own.key_mask, True)
    twin = causal_twin.option.make(twins)
    noise = twin.draw(own, generator_on(torch_device), (3,))
    one, other = (twin(problem, noise).value[..., :-1, :] for problem in (own, changed))
    assert torch.equal(one, other)


@pytest.mark.parametrize("n_keys", [1, 5, 100])
def test_component_counts_are_the_probabilities(n_keys, monkeypatch):
    """The uniforms are a grid, so that counts are the law; keys at 0 make it uniform over unmasked keys."""
    grid = lambda shape, **kwargs: ((torch.arange(shape[-1]) + 0.5) / shape[-1]).to(kwargs["dtype"]).expand(shape)  # noqa: E731
    monkeypatch.setattr(torch, "rand", grid)
    mask = torch.arange(n_keys) % 3 != 1
    problem = Problem(torch.ones(1, 2), torch.zeros(n_keys, 2), torch.ones(n_keys, 1), None, mask)
    n_samples = 4 * int(mask.sum())
    drawn = [twins.Index(n_samples).draw(problem).component[0], twins.KeySampling(n_samples).draw(problem).component]
    drawn.append(twins.StratifiedRA(n_samples).draw(problem).component[0, 0])
    for component in drawn:
        assert torch.bincount(component, minlength=n_keys).tolist() == (4 * mask.int()).tolist()


def test_n_samples_and_noise_are_checked(drawing_twin_of_class, torch_device):
    fields = drawing_twin_of_class.option.fields
    twin_class = getattr(twins, drawing_twin_of_class.option.class_name)
    with pytest.raises(ValueError, match="n_samples is 0; expected"):
        twin_class(**(fields | {"n_samples": 0}))
    own = to_torch(drawing_twin_of_class.problem, torch.float32, torch_device)
    twin = drawing_twin_of_class.option.make(twins)
    noise = twin.draw(own, generator_on(torch_device))
    with pytest.raises(ValueError, match="has shape"):
        twin(own, type(noise)(*(part[..., :-1] for part in noise)))


@pytest.mark.parametrize("n_keys", [5, 100])
def test_nan_goes_in_and_comes_out(n_keys, torch_device):
    """Functional forms read no numbers: whatever is drawn, an index is one of a key."""
    q, k, v = (torch.full((n_keys, 2), np.nan, device=torch_device) for _ in range(3))
    forms = [
        (twins.ra, {"n_samples": 2}),
        (twins.index, {"n_samples": 2}),
        (twins.importance, {"n_samples": 2}),
        (twins.stratified_ra, {"n_samples": 4, "n_chunks": 2}),
        (twins.trigonometric_rfa, {"n_samples": 2}),
        (twins.key_sampling, {"n_samples": 2, "proposal": "value-norm"}),
        (twins.poisson_sampling, {"n_samples": 2, "size": "collision"}),
        (twins.exact_plus_tail, {"n_samples": 2}),
        (twins.mean_value, {}),
    ]
    for form, options in forms:
        assert form(q, k, v, **options).isnan().all(), form.__name__
