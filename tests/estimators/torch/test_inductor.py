"""The default backend of ``torch.compile``, which writes C++: once, as it takes a compiler and most of a minute."""

import shutil

import pytest

from lara_estimators import Problem

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the compiler's own doing
@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
def test_rfa_is_compiled_to_machine_code():
    """Value and gradients of one graph, within rounding of eager code."""
    torch.compiler.reset()
    twin = twins.RFA(4)
    q, k, v = leaves = [torch.randn(8, 3, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    noise = twin.draw(Problem(q, k, v))

    def value_of(q, k, v):
        return twin(Problem(q, k, v), noise).value

    results = []
    for function in (value_of, torch.compile(value_of, fullgraph=True)):
        value = function(*leaves)
        results.append((value, *torch.autograd.grad(value.sin().sum(), leaves)))
    for ours, theirs in zip(*results, strict=True):
        assert torch.allclose(ours, theirs, rtol=1e-12, atol=1e-12)
