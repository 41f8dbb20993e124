"""The blockwise attentions against the same formula in one piece, eager, in float64; gradients likewise.

Tolerance: sums of at most 60 terms of size about 1 in another order, and logarithms of them, differ by some 60 epsilon
of 2e-16, gradients by a small multiple of that: 1e-12 of the largest entry is a hundred times as much.
"""

import math

import pytest

torch = pytest.importorskip("torch")
blocks = pytest.importorskip("lara_estimators.torch.blocks")
from lara_estimators.torch.to_draws import to_draws  # noqa: E402
from lara_estimators.torch.to_keys import to_keys  # noqa: E402

G, N, M, L, D, E = 3, 50, 60, 5, 4, 6
NUMBERS = [1, 40, 300, 2000, 10**6]


@pytest.fixture(params=NUMBERS)
def small_blocks(request, monkeypatch):
    """From blocks of a few rows, which end anywhere, to all in one."""
    for name in ("LEAST_ON_CPU", "MOST_ON_CPU", "LEAST_ELSEWHERE", "MOST_ELSEWHERE"):
        monkeypatch.setattr(blocks, name, request.param)
    monkeypatch.setattr(blocks, "LEAST_ROWS", 7)


def randn(*shape, device, grad=True):
    generator = torch.Generator().manual_seed(math.prod(shape))
    return torch.randn(shape, generator=generator, dtype=torch.float64).to(device).requires_grad_(grad)


def keys_in_one_piece(w, k, v, scale, centre, key_mask):
    k = k if centre is None else k - centre
    logits = w @ k.mT - (k * k).sum(-1).unsqueeze(1) * scale / 2
    if key_mask is not None:
        logits = logits.masked_fill(~key_mask.unsqueeze(1), -torch.inf)
    return torch.softmax(logits, -1) @ v, torch.logsumexp(logits, -1)


def draws_in_one_piece(rows, w, f, bias, scale, causal):
    logits = rows @ w.mT * scale
    logits = logits if bias is None else logits + bias
    if causal:
        logits = logits.masked_fill(torch.ones_like(logits[0], dtype=torch.bool).triu(1), -torch.inf)
    return torch.softmax(logits, -1) @ f, torch.logsumexp(logits, -1)


def assert_alike(ours, theirs, leaves):
    """Both results, and the gradients of a function of either and of both."""
    for mine, other in zip(ours, theirs, strict=True):
        assert (mine - other).abs().max() <= 1e-12 * (1 + other.abs().max())
    for parts in ([0], [1], [0, 1]):
        gradients = [
            torch.autograd.grad(
                sum(both[part].sin().sum() for part in parts), leaves, retain_graph=True, allow_unused=True
            )
            for both in (ours, theirs)
        ]
        for mine, other in zip(*gradients, strict=True):
            if other is None:
                assert mine is None or (mine == 0).all()
            else:
                assert (mine - other).abs().max() <= 1e-12 * (1 + other.abs().max())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_draws_to_keys_is_the_formula(centred, masked, torch_device):
    w, k, v = (randn(*shape, device=torch_device) for shape in ((G, L, D), (G, M, D), (G, M, E)))
    centre = randn(G, 1, D, device=torch_device, grad=False) if centred else None
    key_mask = None
    if masked:  # the first blocks of an item have no key that takes part
        key_mask = torch.arange(G * M, device=torch_device).reshape(G, M) % 3 != 0
        key_mask[0, :40] = False
    ours = to_keys(w, k, v, 0.7, centre, key_mask)
    assert_alike(ours, keys_in_one_piece(w, k, v, 0.7, centre, key_mask), (w, k, v))


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("causal", [False, True])
def test_queries_to_draws_is_the_formula(with_bias, causal, torch_device):
    few = N if causal else L
    rows, w, f = (randn(*shape, device=torch_device) for shape in ((G, N, D), (G, few, D), (G, few, E)))
    bias = randn(G, 1, few, device=torch_device) if with_bias else None
    leaves = (rows, w, f, bias) if with_bias else (rows, w, f)
    assert_alike(to_draws(rows, w, f, bias, 1.3, causal), draws_in_one_piece(rows, w, f, bias, 1.3, causal), leaves)


@pytest.mark.parametrize("wanted", [0, 1, 2])
def test_only_the_gradient_that_is_wanted_is_made(wanted, torch_device):
    shapes = ((G, L, D), (G, M, D), (G, M, E))
    w, k, v = leaves = [randn(*shape, device=torch_device, grad=i == wanted) for i, shape in enumerate(shapes)]
    ours, theirs = to_keys(w, k, v, 0.7), keys_in_one_piece(w, k, v, 0.7, None, None)
    expected = torch.autograd.grad(theirs[0].sin().sum() + theirs[1].sin().sum(), leaves[wanted])[0]
    gradient = torch.autograd.grad(ours[0].sin().sum() + ours[1].sin().sum(), leaves[wanted])[0]
    assert (gradient - expected).abs().max() <= 1e-12 * (1 + expected.abs().max())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_rounds_only_what_goes_out(dtype, torch_device):
    """Beside float32 throughout: values and gradients differ by their last rounding and no more."""
    q, k, v = (randn(*shape, device=torch_device).detach().to(dtype) for shape in ((G, N, D), (G, M, D), (G, M, E)))
    w = randn(G, L, D, device=torch_device, grad=False).float()
    results = []
    for own in (dtype, torch.float32):
        leaves = [tensor.detach().to(own).requires_grad_() for tensor in (q, k, v)]
        f, ell = to_keys(w, leaves[1], leaves[2], 0.7)
        value, log_sum = to_draws(leaves[0], w, f, ell.unsqueeze(1))
        assert (value.dtype, log_sum.dtype, f.dtype) == (own, torch.float32, torch.float32)
        results.append([value, *torch.autograd.grad(value, leaves, torch.ones_like(value))])
    for half, single in zip(*results, strict=True):
        assert half.dtype == dtype
        assert (half.float() - single).abs().max() <= torch.finfo(dtype).eps * single.abs().max()


def test_second_derivatives_are_refused(torch_device):
    w, k, v = (randn(*shape, device=torch_device) for shape in ((1, 2, 2), (1, 3, 2), (1, 3, 1)))
    for f in (to_keys(w, k, v, 1.0).f, to_draws(k, w, w).value):
        gradient = torch.autograd.grad(f.square().sum(), w, create_graph=True)[0]
        with pytest.raises(RuntimeError, match="only first derivatives are provided"):
            torch.autograd.grad(gradient.sum(), w)


def test_gradients_are_mapped_over_an_axis(torch_device):
    k, v, q = (randn(*shape, device=torch_device, grad=False) for shape in ((G, M, D), (G, M, E), (G, N, D)))

    def loss(w):
        f, ell = to_keys(w, k, v, 0.7)
        return to_draws(q, w, f, ell.unsqueeze(1)).value.square().sum()

    w = randn(4, G, L, D, device=torch_device, grad=False)
    mapped = torch.func.vmap(torch.func.grad(loss))(w)
    one_by_one = torch.stack([torch.func.grad(loss)(one) for one in w])
    assert (mapped - one_by_one).abs().max() <= 1e-12 * one_by_one.abs().max()


@pytest.mark.parametrize("numbers", NUMBERS)
@pytest.mark.parametrize(("n_items", "n_rows", "width"), [(1, 1, 1), (3, 50, 7), (8, 4096, 64), (0, 5, 3), (5, 64, 1)])
def test_blocks_cover_every_row_once_and_fit(numbers, n_items, n_rows, width, monkeypatch):
    for name in ("LEAST_ON_CPU", "MOST_ON_CPU"):
        monkeypatch.setattr(blocks, name, numbers)
    rows = torch.empty(n_items, n_rows, 2)
    seen = torch.zeros(n_items, n_rows)
    cut = blocks.blocks(rows, width)
    for block in cut:
        seen[block] += 1
        assert rows[block].is_contiguous()
        held = blocks.take(blocks.buffer_for(cut, width, rows), *rows[block].shape[:2], width)
        assert held.numel() <= max(numbers, blocks.LEAST_ROWS * width)
    assert (seen == 1).all()
