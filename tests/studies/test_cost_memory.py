"""The meter of memory on calls whose height is known."""

import pytest

from lara_studies.cost.memory import peak_bytes

MIB = 2**20


@pytest.fixture
def empty(torch_device):
    """Allocate so many MiB where the test runs; a whole number of them is what every allocator hands out."""
    import torch

    return lambda mib: torch.empty(mib * MIB // 4, device=torch_device)


def test_nothing_is_nothing(torch_device):
    assert peak_bytes(lambda: None, str(torch_device)) == 0


def test_what_is_returned_counts(empty, torch_device):
    assert peak_bytes(lambda: empty(8), str(torch_device)) == 8 * MIB


def test_the_peak_is_the_height_of_what_is_held_at_once(empty, torch_device):
    def run():
        first, second = empty(4), empty(2)
        del first
        third = empty(3)
        del second
        return empty(4), third

    assert peak_bytes(run, str(torch_device)) == 7 * MIB


def test_what_lay_there_before_does_not_count(empty, torch_device):
    before = empty(16)
    assert peak_bytes(lambda: before.add(1), str(torch_device)) == pytest.approx(16 * MIB, abs=512)


def test_what_was_freed_and_taken_again_counts_once(empty, torch_device):
    def run():
        for _ in range(5):
            empty(4)

    assert peak_bytes(run, str(torch_device)) == 4 * MIB


def test_the_backward_pass_counts(empty, torch_device):
    """Two outputs of forward and, at its end, one gradient: exp keeps its result, and so does the caller."""
    import torch

    leaf = empty(4).zero_().requires_grad_()
    gradient = empty(4).fill_(1)

    def run():
        out = leaf.exp()
        return out, torch.autograd.grad(out, leaf, gradient)

    assert peak_bytes(run, str(torch_device)) == 8 * MIB
