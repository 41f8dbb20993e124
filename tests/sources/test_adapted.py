"""Code as it is behind the face of a candidate: equal, call by call, to the plain function of the same draws."""

import importlib.util
import random
from pathlib import Path

import numpy as np
import pytest

from lara_verify.adapter import Adapter
from lara_verify.problems import make_problem
from lara_verify.sources import Candidate, Seeds, SourceError
from lara_verify.sources.adapted import Adapted, filled

_place = Path(__file__).parents[1] / "candidates" / "as_it_is.py"
_spec = importlib.util.spec_from_file_location("as_it_is", _place)
theirs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(theirs)

GLOBAL = {"n_samples_arg": "", "seed_by": "global"}
SIZED = {"init": ("dim={d}", "n_features={n_samples}"), "scale": "one", "columns": "d", **GLOBAL}


@pytest.fixture
def inputs(rng):
    """Two queries, three keys, four dimensions, six value columns."""
    return rng.standard_normal((2, 4)), rng.standard_normal((3, 4)), rng.standard_normal((3, 6))


def plain(q, k, v, w, kept=None):
    """What everything here must return for features `w`, in plain sums; rounding of some twenty operations apart."""
    root = q.shape[1] ** 0.25
    x, y = q / root, k / root
    kernel = sum(np.exp((x @ f)[:, None] + y @ f - (y * y).sum(1) / 2) for f in w)
    kernel = kernel * (1.0 if kept is None else kept)
    return kernel @ v / kernel.sum(1, keepdims=True)


def close(a, b):
    return np.allclose(a, b, rtol=1e-12, atol=1e-13)


def test_axes_names_and_a_generator(inputs):
    adapter = Adapter(layout="bnhd", n_samples_arg="n_features", seed_by="generator", seed_arg="rng")
    adapted = Adapted(theirs.heads_last, adapter)
    value = adapted(*inputs, n_samples=5, seed=7)
    assert close(value, plain(*inputs, np.random.default_rng(7).standard_normal((5, 4))))
    assert adapted.options == ()


@pytest.mark.parametrize("layout", ["nd", "dn", "bnd", "hnd", "bhnd", "bnhd", "nbd", "hbdn"])
def test_every_layout_is_undone(inputs, layout):
    """Each axis has a size of its own, so that no wrong order of them has the right shape."""
    seen = []

    def echo(q, k, v, *, n_samples, seed):  # noqa: ARG001
        seen.append((q.shape, v.shape))
        return v[(slice(None),) * layout.index("n") + (slice(0, 2),)]

    sizes = {"b": 1, "h": 1, "n": 2, "d": 4}
    value = Adapted(echo, Adapter(layout=layout))(*inputs, n_samples=1, seed=1)
    assert np.array_equal(value, inputs[2][:2])
    assert seen[0][0] == tuple(sizes[axis] for axis in layout)


def test_a_class_with_sizes_a_scale_and_columns_of_its_own(inputs):
    adapted = Adapted(theirs.Attention, Adapter(mask_arg="drop", mask_kind="drop", **SIZED))
    kept = np.array([True, False, True])
    value = adapted(*inputs, n_samples=5, seed=11, key_mask=kept)
    w = np.random.RandomState(11).standard_normal((5, 4))
    assert close(value, plain(*inputs, w, kept))
    assert adapted.options == ("key_mask",)


def test_a_lasting_instance_is_redrawn_before_every_call(inputs):
    adapted = Adapted(theirs.Redrawn, Adapter(redraw="draw", **SIZED))
    values = [adapted(*inputs, n_samples=5, seed=seed) for seed in (1, 2, 1)]
    again = Adapted(theirs.Redrawn, Adapter(redraw="draw", **SIZED))
    assert not np.array_equal(values[0], values[1])
    fresh = [again(*inputs, n_samples=5, seed=seed) for seed in (3, 2)]
    assert np.array_equal(fresh[1], values[1])  # nothing of the call before is left


def test_pythons_own_generator_is_seeded(inputs):
    adapted = Adapted(theirs.from_random, Adapter(**GLOBAL))
    random.seed(5)
    w = np.array([[random.gauss(0, 1) for _ in range(4)] for _ in range(2)])
    assert close(adapted(*inputs, n_samples=2, seed=5), plain(*inputs, w))


def test_a_mask_that_is_added(inputs):
    kept = np.array([True, False, True])
    adapted = Adapted(theirs.additive, Adapter(mask_arg="bias", mask_kind="additive"))
    value = adapted(*inputs, n_samples=5, seed=3, key_mask=kept)
    assert close(value, plain(*inputs, np.random.default_rng(3).standard_normal((5, 4)), kept))
    assert Adapted(theirs.additive, Adapter()).options == ()


def test_changed_inputs_are_noticed_through_the_copies(inputs):
    adapted = Adapted(theirs.mutating, Adapter(layout="nd"))
    before = [array.copy() for array in inputs]
    adapted(*inputs, n_samples=2, seed=3)
    assert adapted.changed == "q"
    assert all(np.array_equal(a, b) for a, b in zip(inputs, before, strict=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [("{d}", 4), ("2*{d}", "2*4"), ("[{n}, {m}]", [2, 3]), ("True", True), ("relu", "relu"), ("None", None), ("", "")],
)
def test_values_of_the_command_line(text, value):
    assert filled(text, {"d": 4, "n": 2, "m": 3}) == value


def test_torch_modules_get_tensors_and_their_mode(inputs):
    torch = pytest.importorskip("torch")

    class Module(torch.nn.Module):
        def __init__(self, dim):
            super().__init__()
            self.w = torch.nn.Parameter(torch.randn(5, dim, dtype=torch.float64))
            self.drop = torch.nn.Dropout(0.5)

        def forward(self, q, k, v, mask=None):
            assert mask.shape == (1, 3)
            kernel = torch.exp(k @ self.w.T - (k * k).sum(-1, keepdim=True) / 2) * mask[..., None]
            kernel = torch.exp(q @ self.w.T) @ kernel.transpose(-1, -2)
            return self.drop(kernel @ v / kernel.sum(-1, keepdim=True)), None

    kept = np.array([True, False, True])
    init = {"init": ("dim={d}",), "scale": "one", **GLOBAL}
    adapter = Adapter("torch", "bnd", mask_arg="mask", mode="eval", **init)
    value = Adapted(Module, adapter)(*inputs, n_samples=5, seed=9, key_mask=kept)
    torch.manual_seed(9)
    w = torch.randn(5, 4, dtype=torch.float64).numpy()
    assert close(value.detach(), plain(*inputs, w, kept))
    training = Adapted(Module, Adapter("torch", "bnd", mask_arg="mask", mode="train", **init))
    assert not close(training(*inputs, n_samples=5, seed=9, key_mask=kept).detach(), plain(*inputs, w, kept))


def test_jax_arrays_and_keys(inputs):
    jax = pytest.importorskip("jax")

    def attend(q, k, v, *, n_samples, key):
        w = jax.random.normal(key, (n_samples, q.shape[1]))
        return theirs.attend(q / q.shape[1] ** 0.25, k / k.shape[1] ** 0.25, v, np.asarray(w))

    adapted = Adapted(attend, Adapter("jax", seed_by="generator", seed_arg="key"))
    value = np.asarray(adapted(*inputs, n_samples=3, seed=2))
    assert np.allclose(value, plain(*inputs, np.asarray(jax.random.normal(jax.random.key(2), (3, 4)))), rtol=1e-5)


@pytest.mark.usefixtures("no_process_left")
def test_as_a_source_in_a_process_of_its_own():
    problem = make_problem("P6-small")
    adapter = Adapter(layout="bnhd", n_samples_arg="n_features", seed_by="generator", seed_arg="rng")
    with Candidate(f"{_place}:heads_last", "rfa", 4, adapter=adapter).open(problem) as source:
        block = source.draw(Seeds(0, 0, 0, 3))
    seed = Seeds(0, 0, 0, 3).integers()[1]
    q, k, v = (np.asarray(getattr(problem, name)) for name in "qkv")
    w = np.random.default_rng(seed).standard_normal((4, problem.dim))
    assert close(block.value[1], plain(q, k, v, w))


@pytest.mark.usefixtures("no_process_left")
def test_what_comes_back_wrong_is_said_as_ever():
    wrong = Adapter(init=("dim={d}", "n_features={n_samples}"), **GLOBAL)
    with (
        pytest.raises(SourceError, match="it raised ValueError: as many columns as dimensions are needed"),
        Candidate(f"{_place}:Attention", "rfa", 4, adapter=wrong).open(make_problem("P6-small")) as source,
    ):
        source.draw(Seeds(0, 0, 0, 2))
