"""The torch twins against the references on the same noise, on every device present; limits are derived bounds."""

import numpy as np
import pytest

from lara_estimators import Problem, reference
from lara_verify.oracles.rounding import rounding_bound

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

LARAS = ["balance", "uniform", "query", "query-clamped"]
DRAWING = ["RFA", "RA", "Index", "Importance", *LARAS]
NAMES = ["Softmax", "MeanValue", *DRAWING]
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


def make(package, class_name, n_samples=3):
    if class_name in LARAS:
        return package.LARA(n_samples, 3 if n_samples % 3 == 0 else 1, class_name)
    drawing = class_name in DRAWING
    return getattr(package, class_name)(n_samples) if drawing else getattr(package, class_name)()


def to_torch(problem, dtype, device):
    q, k, v = (torch.tensor(array, dtype=dtype, device=device) for array in (problem.q, problem.k, problem.v))
    mask = None if problem.key_mask is None else torch.tensor(problem.key_mask, device=device)
    return Problem(q, k, v, problem.scale, mask)


def to_numpy(problem):
    q, k, v = (tensor.detach().double().cpu().numpy() for tensor in (problem.q, problem.k, problem.v))
    return Problem(q, k, v, problem.scale, None if problem.key_mask is None else problem.key_mask.cpu().numpy())


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("class_name", NAMES)
@pytest.mark.parametrize("masked", [False, True])
def test_twin_equals_reference_on_the_same_noise(class_name, dtype, torch_device, masked, make_problem, rng):
    mask = np.array([[True, False, True, True, False], [True] * 5]) if masked else None
    batched = make_problem(batch=(2, 2, 1), key_batch=(2,), mask=mask)
    problem = to_torch(batched, dtype, torch_device)
    exact = to_numpy(problem)
    estimator = make(reference, class_name)
    noise = estimator.draw(exact, rng, (4,))
    estimate = make(twins, class_name)(problem, noise)
    assert estimate.value.dtype == dtype
    assert estimate.value.device.type == torch_device.type
    expected = estimator(exact, noise)
    bound = rounding_bound(exact, estimator.name, noise, dtype) + rounding_bound(
        exact, estimator.name, noise, "float64"
    )
    assert (abs(estimate.value.double().cpu().numpy() - expected.value) <= bound).all()
    close = 1e-12 if dtype is torch.float64 else 1e-4
    for part in ("log_normaliser", "log_weights"):
        ours, theirs = getattr(expected, part), getattr(estimate, part)
        assert (ours is None) == (theirs is None)
        if ours is not None:
            assert theirs.shape == ours.shape
            theirs = theirs.cpu().numpy()
            signed = np.exp(theirs.astype(complex)) if np.iscomplexobj(theirs) else np.exp(theirs.astype(float))
            assert np.allclose(
                signed, np.exp(ours), rtol=close, atol=close * np.abs(np.exp(ours)).max(-1, keepdims=True)
            )


@pytest.mark.parametrize("class_name", DRAWING)
@pytest.mark.parametrize("replicates", [(), (0,), (4,), (2, 3)])
def test_twin_draws_what_reference_accepts(class_name, replicates, torch_device, make_problem):
    problem = to_torch(make_problem(batch=(2, 1), key_batch=(3,)), torch.float64, torch_device)
    twin = make(twins, class_name)
    noise = twin.draw(problem, torch.Generator(torch_device).manual_seed(1), replicates)
    value = twin(problem, noise).value
    assert all(part.device.type == torch_device.type for part in noise)
    in_numpy = type(noise)(*(part.cpu().numpy() for part in noise))
    expected = make(reference, class_name)(to_numpy(problem), in_numpy).value
    assert value.shape == expected.shape == (*replicates, 2, 3, 3, 4)
    assert np.allclose(value.cpu().numpy(), expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("class_name", DRAWING)
def test_same_seed_same_noise_and_global_state_untouched(class_name, torch_device, make_problem):
    problem = to_torch(make_problem(), torch.float32, torch_device)
    twin = make(twins, class_name)
    before = torch.get_rng_state()
    one, other = (twin.draw(problem, torch.Generator(torch_device).manual_seed(5), (2,)) for _ in range(2))
    twin(problem, one)
    assert all(torch.equal(a, b) for a, b in zip(one, other, strict=True))
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("n_keys", [1, 5, 100])
def test_component_counts_are_the_probabilities(n_keys, monkeypatch):
    """The uniforms are a grid, so that counts are the law; keys at 0 make it uniform over unmasked keys."""
    grid = lambda shape, **kwargs: ((torch.arange(shape[-1]) + 0.5) / shape[-1]).to(kwargs["dtype"]).expand(shape)  # noqa: E731
    monkeypatch.setattr(torch, "rand", grid)
    mask = torch.arange(n_keys) % 3 != 1
    problem = Problem(torch.ones(1, 2), torch.zeros(n_keys, 2), torch.ones(n_keys, 1), None, mask)
    n_samples = 4 * int(mask.sum())
    component = twins.Index(n_samples).draw(problem).component
    assert torch.bincount(component[0], minlength=n_keys).tolist() == (4 * mask.int()).tolist()


@pytest.mark.parametrize("class_name", NAMES)
def test_masked_huge_numbers_do_not_leak(class_name, torch_device, make_problem):
    mask = np.array([False, True, True, False, True])
    problem = to_torch(make_problem(mask=mask), torch.float32, torch_device)
    k, v = problem.k.clone(), problem.v.clone()
    k[~problem.key_mask], v[~problem.key_mask] = 3e38, -3e38
    poisoned = Problem(problem.q, k, v, problem.scale, problem.key_mask)
    twin = make(twins, class_name)
    noises = [twin.draw(p, torch.Generator(torch_device).manual_seed(5), (3,)) for p in (problem, poisoned)]
    assert all(torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(*noises, strict=True))
    assert torch.equal(twin(problem, noises[0]).value, twin(poisoned, noises[0]).value)


@pytest.mark.parametrize("function", ["softmax", "mean_value", "rfa", "ra", "index", "importance", "lara"])
def test_functional_form_is_the_class(function, torch_device, make_problem):
    problem = to_torch(make_problem(mask=np.array([True, False, True, True, True])), torch.float32, torch_device)
    class_name = {"softmax": "Softmax", "mean_value": "MeanValue", "rfa": "RFA", "ra": "RA", "lara": "uniform"}.get(
        function, function.title()
    )
    twin = make(twins, class_name)
    generators = [torch.Generator(torch_device).manual_seed(5) for _ in range(2)]
    options = {"n_samples": 3, "generator": generators[0]} if class_name in DRAWING else {}
    if function == "lara":
        options |= {"n_proposals": 3, "weighting": "uniform"}
    value = getattr(twins, function)(problem.q, problem.k, problem.v, key_mask=problem.key_mask, **options)
    assert torch.equal(value, twin(problem, twin.draw(problem, generators[1])).value)


@pytest.mark.parametrize("class_name", ["Softmax", "RFA", "RA", "Importance", *LARAS])
def test_gradients_on_fixed_noise_are_derivatives(class_name, make_problem):
    """`gradcheck` in float64, against differences of the same function; masked entries have gradient exactly 0."""
    problem = to_torch(make_problem(3, 4, 2, 2, mask=np.array([True, False, True, True])), torch.float64, "cpu")
    twin = make(twins, class_name)
    noise = twin.draw(problem, torch.Generator().manual_seed(5), (2,))

    def value(q, k, v):
        return twin(Problem(q, k, v, problem.scale, problem.key_mask), noise).value

    leaves = tuple(tensor.clone().requires_grad_() for tensor in (problem.q, problem.k, problem.v))
    assert torch.autograd.gradcheck(value, leaves)
    gradients = torch.autograd.grad(value(*leaves).square().sum(), leaves)
    assert all((gradient[1] == 0).all() for gradient in gradients[1:])


@pytest.mark.parametrize("class_name", NAMES)
def test_no_device_is_mixed(class_name, make_problem):
    """On the meta device any tensor made elsewhere, and any read of a number, is an error."""
    mask = np.array([True, False, True, True, True])
    problem = to_torch(make_problem(batch=(2,), mask=mask), torch.float32, "meta")
    twin = make(twins, class_name)
    estimate = twin(problem, twin.draw(problem, None, (3,)))
    assert estimate.value.shape == (3, 2, 3, 4)
    assert all(part is None or part.device.type == "meta" for part in estimate)


@pytest.mark.parametrize("class_name", DRAWING)
def test_n_samples_and_noise_are_checked(class_name, make_problem):
    with pytest.raises(ValueError, match="n_samples is 0; expected"):
        twins.LARA(0, 1, class_name) if class_name in LARAS else getattr(twins, class_name)(0)
    problem = to_torch(make_problem(), torch.float32, "cpu")
    noise = make(twins, class_name, 4).draw(problem, torch.Generator().manual_seed(1))
    with pytest.raises(ValueError, match="has shape"):
        make(twins, class_name, 3)(problem, noise)
