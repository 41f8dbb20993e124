"""The twins under what torch does to functions: vmap, compilation, devices without numbers, fake tensors."""

import pytest

from lara_estimators import Problem

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")
fake_tensor = pytest.importorskip("torch._subclasses.fake_tensor")


def to_torch(problem, dtype, device):
    q, k, v = (torch.tensor(array, dtype=dtype, device=device) for array in (problem.q, problem.k, problem.v))
    mask = None if problem.key_mask is None else torch.tensor(problem.key_mask, device=device)
    return Problem(q, k, v, problem.scale, mask, problem.causal)


def opened(case, dtype, device):
    """The twin, its problem, and noise of three replicates."""
    own = to_torch(case.problem, dtype, device)
    twin = case.option.make(twins)
    generator = None if device == "meta" else torch.Generator(device).manual_seed(5)
    return twin, own, twin.draw(own, generator, (3,))


def shape_of(problem):
    return (3, *problem.batch_shape, problem.n_queries, problem.value_dim)


def test_vmap_over_replicates_is_the_batched_call(drawing_twin, torch_device):
    twin, own, noise = opened(drawing_twin, torch.float64, torch_device)
    value = torch.vmap(lambda *parts: twin(own, type(noise)(*parts)).value)(*noise)
    assert torch.allclose(value, twin(own, noise).value, rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")  # Dynamo's own doing
def test_compiles_into_one_graph(twin_of_class, torch_device):
    """Forward and backward, in full: no read of a number breaks the graph."""
    twin, own, noise = opened(twin_of_class, torch.float64, torch_device)

    def value_of(q, k, v, key_mask, noise):
        return twin(Problem(q, k, v, own.scale, key_mask, own.causal), noise).value

    torch.compiler.reset()
    compiled = torch.compile(value_of, backend="aot_eager", fullgraph=True)
    results = []
    for function in (value_of, compiled):
        leaves = [tensor.clone().requires_grad_() for tensor in (own.q, own.k, own.v)]
        value = function(*leaves, own.key_mask, noise)
        gradients = torch.autograd.grad(value.square().sum(), leaves, allow_unused=True)
        results.append([value.detach(), *(part for part in gradients if part is not None)])
    assert len(results[0]) == len(results[1])
    for ours, theirs in zip(*results, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("causal", [False, True])
def test_unbiased_gradient_is_compiled_and_mapped_as_well(causal, torch_device):
    q, k, v = (torch.randn(5, size, dtype=torch.float64, device=torch_device, requires_grad=True) for size in (3, 3, 2))
    twin = twins.RA(3, "unbiased")
    noise = twin.draw(Problem(q, k, v, causal=causal), torch.Generator(torch_device).manual_seed(5), (4,))

    def loss(q, k, v, *parts):
        return twin(Problem(q, k, v, causal=causal), type(noise)(*parts)).value.square().sum()

    torch.compiler.reset()
    compiled = torch.compile(loss, backend="aot_eager", fullgraph=True)
    ours, theirs = (torch.autograd.grad(function(q, k, v, *noise), (q, k, v)) for function in (loss, compiled))
    of_each = torch.func.vmap(torch.func.grad(loss, argnums=(0, 1, 2)), in_dims=(None, None, None, 0, 0))
    mapped = [part.sum(0) for part in of_each(q.detach(), k.detach(), v.detach(), *noise)]
    for one, two, three in zip(ours, theirs, mapped, strict=True):
        assert torch.allclose(one, two, rtol=1e-9, atol=1e-9)
        assert torch.allclose(one, three, rtol=1e-9, atol=1e-9)


def test_no_device_is_mixed(twin_case):
    """On the meta device any tensor made elsewhere, and any read of a number, is an error."""
    twin, own, noise = opened(twin_case, torch.float32, "meta")
    estimate = twin(own, noise)
    assert tuple(estimate.value.shape) == shape_of(twin_case.problem)
    assert all(part is None or part.device.type == "meta" for part in estimate)


def test_fake_tensors_pass(twin_case, torch_device):
    dtype = torch.bfloat16
    with fake_tensor.FakeTensorMode():
        twin, own, noise = opened(twin_case, dtype, torch_device)
        value = twin(own, noise).value
    assert (tuple(value.shape), value.dtype) == (shape_of(twin_case.problem), dtype)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_computed_in_single(twin_case, dtype, torch_device):
    """The value is that of the same numbers in float32, rounded once; so is what is drawn in float32."""
    twin, own, noise = opened(twin_case, dtype, torch_device)
    wide = Problem(own.q.float(), own.k.float(), own.v.float(), own.scale, own.key_mask, own.causal)
    assert all(part.dtype in (torch.float32, torch.int64, torch.bool) for part in noise if torch.is_tensor(part))
    value, expected = twin(own, noise).value, twin(wide, noise).value
    assert value.dtype == dtype
    largest = expected.abs().amax().clamp_min(1)
    assert (value.float() - expected).abs().amax() <= 1.01 * torch.finfo(dtype).eps / 2 * largest
