"""The bare limit is an attention and its gradient, not just products of the right size."""

import pytest

from lara_studies.cost.bare import Bare, rows_of_chunk

NAMES = ("q", "k", "v", "w")


@pytest.fixture
def arrays(rng, torch_device):
    """Float64, with as many rows as no chunk divides."""
    import torch

    shapes = {"q": (2, 7, 4), "k": (2, 11, 4), "v": (2, 11, 5), "w": (2, 3, 4), "grad": (2, 7, 5)}
    return {name: torch.from_numpy(rng.standard_normal(shape)).to(torch_device) for name, shape in shapes.items()}


def allowance(arrays):
    """What rounding may leave between two ways to add: 100 eps of the same sums with all terms positive.

    No sum has more than 11 terms and no number comes from more than six products and sums in a row, so that
    (6 x 12) eps bounds either way's error, and logits below 15 by absolute value add as much from exp.
    """
    q, k, v, w, grad = arrays.values()
    p, r = (q @ w.mT).exp(), (k @ w.mT).exp()
    f, df = r.mT @ v.abs(), p.mT @ grad.abs()
    ds, dr = p * (grad.abs() @ f.mT), r * (v.abs() @ df.mT)
    tops = (p @ f, ds @ w.abs(), dr @ w.abs(), r @ df, ds.mT @ q.abs() + dr.mT @ k.abs())
    return [2 * 100 * 2.0**-52 * top for top in tops]


@pytest.mark.parametrize("rows", [1, 3, 7, 64])
@pytest.mark.parametrize("w_fixed", [False, True])
def test_bare_is_the_product_and_its_gradients(arrays, rows, w_fixed):
    import torch

    leaves = {name: arrays[name].clone().requires_grad_() for name in NAMES}
    q, k, v, w = leaves.values()
    out = (q @ w.mT).exp() @ ((k @ w.mT).exp().mT @ v)
    expected = [out, *torch.autograd.grad(out, (q, k, v, w), arrays["grad"])]

    bare = Bare(*arrays.values(), rows, w_fixed)
    bounds = allowance(arrays)
    assert (bare.forward() - expected[0]).abs().le(bounds[0]).all()
    for found, wanted, bound in zip(bare.forward_and_backward(), expected, bounds, strict=True):
        if found is None:
            assert w_fixed
        else:
            assert (found - wanted).abs().le(bound).all()


def test_its_buffer_is_an_eighth_of_the_output_within_bounds():
    sizes = (64, 4096, 8192, 16384, 65536)
    assert [rows_of_chunk(n, 1) for n in sizes] == [64, 512, 1024, 2048, 4096]
    assert [rows_of_chunk(n, 8) for n in sizes] == [64, 4096, 8192, 16384, 32768]
