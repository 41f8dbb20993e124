"""What a call holds at its height, in outputs: counted at the allocator, exact and the same on a loaded machine."""

import pytest

from lara_studies.cost.memory import peak_bytes

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

ITEMS, DIM, N_SAMPLES = 8, 64, 64
LIMIT_FORWARD, LIMIT_BACKWARD = 1.15, 4.5

CALLS = {
    "rfa": lambda q, k, v: twins.rfa(q, k, v, n_samples=N_SAMPLES),
    "lara": lambda q, k, v: twins.lara(q, k, v, n_samples=N_SAMPLES, n_proposals=N_SAMPLES),
}


def outputs(call, n, backward):
    leaves = [torch.randn(ITEMS, n, DIM, requires_grad=backward) for _ in range(3)]
    gradient = torch.randn(ITEMS, n, DIM)

    def run():
        out = call(*leaves)
        return (out, *torch.autograd.grad(out, leaves, gradient)) if backward else out

    return peak_bytes(run, "cpu") / gradient.nbytes


@pytest.mark.parametrize("n", [4096, 8192])
@pytest.mark.parametrize("name", CALLS)
def test_forward_holds_the_output_and_little_else(name, n):
    assert outputs(CALLS[name], n, False) <= LIMIT_FORWARD


@pytest.mark.parametrize("n", [4096, 8192])
@pytest.mark.parametrize("name", CALLS)
def test_backward_holds_output_and_gradients_and_little_else(name, n):
    assert outputs(CALLS[name], n, True) <= LIMIT_BACKWARD


def test_storing_the_weights_would_be_seen():
    """The same attention in one piece holds two matrices of N S weights, or more."""

    def eager(q, k, v):
        w = torch.randn(ITEMS, N_SAMPLES, DIM)
        f = torch.softmax(w @ k.mT, -1) @ v
        return torch.softmax(q @ w.mT, -1) @ f

    assert outputs(eager, 4096, False) > LIMIT_FORWARD
    assert outputs(eager, 4096, True) > LIMIT_BACKWARD
