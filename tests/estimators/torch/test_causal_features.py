"""Causal random feature attention against its definition, query by query; nothing later reaches an earlier query."""

import math

import pytest

from lara_estimators import FeatureNoise, Problem

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")
causal_features = pytest.importorskip("lara_estimators.torch.causal_features")


def made(n, size=1.0, device="cpu", dtype=torch.float64):
    generator = torch.Generator().manual_seed(n)
    shapes = ((2, 1, n, 3), (3, n, 3), (2, 3, n, 2), (2, 2, 3, 5, 3))
    q, k, v, z = (torch.randn(shape, generator=generator, dtype=torch.float64).to(device, dtype) for shape in shapes)
    return q * size, k * size, v, z


def query_by_query(q, k, v, z, scale, key_mask):
    """The formula of RFA for each query, with the keys up to it."""
    x, y = q * math.sqrt(scale), k * math.sqrt(scale)
    values, logs = [], []
    for n in range(q.shape[-2]):
        a = z @ y[..., : n + 1, :].mT - (y[..., : n + 1, :] ** 2).sum(-1).unsqueeze(-2) / 2
        if key_mask is not None:
            a = a.masked_fill(~key_mask[..., None, : n + 1], -torch.inf)
        f, ell = torch.softmax(a, -1) @ v[..., : n + 1, :], torch.logsumexp(a, -1)
        weights = (z @ x[..., n, :].unsqueeze(-1)).squeeze(-1) + ell
        values.append((torch.softmax(weights, -1).unsqueeze(-2) @ f).squeeze(-2))
        logs.append(torch.logsumexp(weights, -1) - (x[..., n, :] ** 2).sum(-1) / 2 - math.log(z.shape[-2]))
    return torch.stack(values, -2), torch.stack(logs, -1)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("size", [1.0, 6.0])
@pytest.mark.parametrize("n", [1, 15, 16, 17, 40, 300])
def test_causal_value_and_gradient_are_the_definition(n, size, masked, torch_device):
    """Lengths at and off the borders of blocks and stretches. Tolerance as in test_blockwise, for up to 300 terms."""
    *leaves, z = made(n, size, torch_device)
    leaves = [leaf.requires_grad_() for leaf in leaves]
    key_mask = None
    if masked:
        key_mask = torch.arange(3 * n, device=torch_device).reshape(3, n) % 4 != 2
        key_mask[:, 0] = True
    problem = Problem(*leaves, None, key_mask, True)
    estimate = twins.RFA(5)(problem, FeatureNoise(z))
    expected = query_by_query(*leaves, z, problem.scale, key_mask)
    results = [
        (*both, *torch.autograd.grad(both[0].sin().sum() + both[1].sin().sum(), leaves))
        for both in (estimate[:2], expected)
    ]
    for ours, theirs in zip(*results, strict=True):
        assert (ours - theirs).abs().max() <= 1e-11 * (1 + theirs.abs().max())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_later_keys_change_no_bit_of_earlier_queries(dtype, torch_device):
    """Later keys so large that any stabiliser shared with them would underflow what is earlier."""
    q, k, v, z = made(300, 1.0, torch_device, dtype)
    last = 41
    twin, noise = twins.RFA(5), FeatureNoise(z)
    values = []
    for size in (1.0, 100.0):
        later = k.clone()
        later[..., last:, :] *= size
        estimate = twin(Problem(q, later, v, 1.0, None, True), noise)
        assert estimate.value.isfinite().all()
        assert estimate.log_normaliser.isfinite().all()
        values.append((estimate.value[..., :last, :], estimate.log_normaliser[..., :last]))
    assert all(torch.equal(one, other) for one, other in zip(*values, strict=True))


def test_large_logits_neither_overflow_nor_underflow(torch_device):
    """Float32 beside float64: logits of hundreds, far beyond what exp holds. Their rounding is eps times their size."""
    q, k, v, z = made(64, 20.0, torch_device)
    values = [
        twins.RFA(5)(Problem(*(part.to(dtype) for part in (q, k, v)), 1.0, None, True), FeatureNoise(z.to(dtype))).value
        for dtype in (torch.float32, torch.float64)
    ]
    largest = (z.abs().sum(-1).max() * (q.abs().max() + k.abs().max()) + (k * k).sum(-1).max()).item()
    assert (values[0] - values[1]).abs().max() <= 8 * torch.finfo(torch.float32).eps * largest * v.abs().max()


def test_first_query_sees_its_own_key_only(torch_device):
    q, k, v, z = made(20, 1.0, torch_device)
    value = twins.RFA(5)(Problem(q, k, v, None, None, True), FeatureNoise(z)).value
    assert torch.allclose(value[..., 0, :], v[..., 0, :].expand_as(value[..., 0, :]), rtol=1e-13, atol=1e-13)


def test_no_tensor_grows_faster_than_the_sequence():
    """What is saved for the backward pass, in numbers: from one length to four times it, at most four times as many."""
    saved = []
    for n in (1024, 4096):
        q, k, v = (torch.randn(n, 8, requires_grad=True) for _ in range(3))
        kept = {}

        def pack(tensor, kept=kept):
            kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            value = twins.rfa(q, k, v, n_samples=8, causal=True)
        saved.append(sum(kept.values()))
        value.sum().backward()
    assert saved[1] <= 4.2 * saved[0]


@pytest.mark.parametrize("proposal", ["isotropic", "diagonal"])
def test_proposals_that_read_all_keys_refuse_causal(proposal):
    problem = Problem(*(torch.ones(2, 3) for _ in range(3)), None, None, True)
    with pytest.raises(ValueError, match=rf"rfa\[{proposal}\] has no causal form: its proposal reads all"):
        twins.RFA(2, proposal=proposal).draw(problem)
