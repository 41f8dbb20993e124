"""Working in pieces: nothing changes but memory, which is linear in the number of queries and keys."""

import weakref

import pytest

from lara_estimators import Problem

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")
pieces = pytest.importorskip("lara_estimators.torch.pieces")
python_dispatch = pytest.importorskip("torch.utils._python_dispatch")
tree = pytest.importorskip("torch.utils._pytree")

IN_PIECES = {
    "ra": lambda: twins.RA(4),
    "ra, unbiased gradient": lambda: twins.RA(4, "unbiased"),
    "stratified_ra": lambda: twins.StratifiedRA(4, 2),
    "importance": lambda: twins.Importance(4),
    "trigonometric": lambda: twins.TrigonometricRFA(4),
    "poisson": lambda: twins.PoissonSampling(4, "collision"),
    "exact_plus_tail": lambda: twins.ExactPlusTail(4, 2),
}
CAUSAL = ("ra", "ra, unbiased gradient", "importance", "trigonometric")
CASES = [(name, causal) for name in IN_PIECES for causal in (False, True) if name in CAUSAL or not causal]
LINEAR = [case for case in CASES if case[0] != "poisson"]  # whose noise is N M booleans


class LiveNumbers(python_dispatch.TorchDispatchMode):
    """Counts the bytes of storages that operations make and that are still alive, and the most there were at once."""

    def __init__(self):
        super().__init__()
        self.now = self.most = 0
        self._known = set()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        for tensor in tree.tree_leaves(result):
            if torch.is_tensor(tensor):
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage):
        key = storage._cdata
        if key not in self._known:
            self._known.add(key)
            self.now += storage.nbytes()
            self.most = max(self.most, self.now)
            weakref.finalize(storage, self._forget, key, storage.nbytes())

    def _forget(self, key, n_bytes):
        self._known.discard(key)
        self.now -= n_bytes


def make(n, causal, *, mask=True):
    generator = torch.Generator().manual_seed(1)
    arrays = [torch.randn(2, n, width, generator=generator, dtype=torch.float64) for width in (3, 3, 2)]
    key_mask = torch.arange(n) % 7 != 3 if mask else None
    return Problem(*arrays, None, key_mask, causal)


def value_and_gradients(twin, problem, noise):
    leaves = [tensor.clone().requires_grad_() for tensor in (problem.q, problem.k, problem.v)]
    value = twin(Problem(*leaves, problem.scale, problem.key_mask, problem.causal), noise).value
    return [value.detach(), *torch.autograd.grad(value.square().sum(), leaves)]


@pytest.mark.parametrize(("name", "causal"), CASES)
@pytest.mark.parametrize("entries", [1, 60, 700])
def test_pieces_change_nothing(name, causal, entries, monkeypatch):
    """From one query of one replicate at a time, to a few of each: the same value, the same gradients."""
    problem, twin = make(9, causal), IN_PIECES[name]()
    noise = twin.draw(problem, torch.Generator().manual_seed(3), (3,))
    whole = value_and_gradients(twin, problem, noise)
    monkeypatch.setattr(pieces, "ENTRIES", entries)
    monkeypatch.setattr(pieces, "KEPT", 0)
    for one, other in zip(whole, value_and_gradients(twin, problem, noise), strict=True):
        assert torch.allclose(one, other, rtol=1e-10, atol=1e-10 * float(one.abs().max()))


@pytest.mark.parametrize("name", ["ra", "importance"])
def test_functional_gradients_work_where_recomputing_does_not(name, monkeypatch):
    """``torch.func`` refuses to recompute: everything is kept there, and the gradient is the same."""
    problem, twin = make(9, False), IN_PIECES[name]()
    noise = twin.draw(problem, torch.Generator().manual_seed(3))
    monkeypatch.setattr(pieces, "ENTRIES", 60)
    monkeypatch.setattr(pieces, "KEPT", 0)

    def loss(v):
        return twin(Problem(problem.q, problem.k, v, problem.scale, problem.key_mask), noise).value.square().sum()

    expected = value_and_gradients(twin, problem, noise)[3]
    assert torch.allclose(torch.func.grad(loss)(problem.v), expected, rtol=1e-10, atol=1e-10)


def most_bytes(name, causal, n, *, backward):
    """Most bytes alive beyond the problem and the noise."""
    problem, twin = make(n, causal, mask=False), IN_PIECES[name]()
    noise = twin.draw(problem, torch.Generator().manual_seed(3))
    with LiveNumbers() as live:
        if backward:
            value_and_gradients(twin, problem, noise)
        else:
            twin(problem, noise)
    return live.most


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(("name", "causal"), LINEAR)
def test_memory_is_linear(name, causal, backward, monkeypatch):
    """Four times as many queries and keys take at most 4.2 times the memory; 16 times, were N M numbers held."""
    monkeypatch.setattr(pieces, "ENTRIES", 2**10)
    monkeypatch.setattr(pieces, "KEPT", 0)
    fewer, more = (most_bytes(name, causal, n, backward=backward) for n in (48, 192))
    assert more <= 4.2 * fewer


@pytest.mark.parametrize("name", ["ra", "stratified_ra"])
def test_memory_of_drawing_is_linear(name, monkeypatch):
    monkeypatch.setattr(pieces, "ENTRIES", 2**10)
    taken = []
    for n in (48, 192):
        problem, twin = make(n, False, mask=False), IN_PIECES[name]()
        with LiveNumbers() as live:
            twin.draw(problem, torch.Generator().manual_seed(3))
        taken.append(live.most)
    assert taken[1] <= 4.2 * taken[0]


def test_memory_kept_in_one_piece_is_seen():
    """The counter: with all queries at once memory grows far faster."""
    fewer, more = (most_bytes("ra", False, n, backward=True) for n in (48, 192))
    assert more > 8 * fewer
