"""A stranger's function, class or module behind the face of a candidate, as an `Adapter` describes it."""

import ast
import inspect
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lara_verify.adapter import Adapter, named_values

Array = NDArray[Any]


class Adapted:
    """Callable as ``f(q, k, v, *, n_samples, seed[, key_mask])`` with NumPy arrays (N, d), (M, d), (M, e)."""

    def __init__(self, target: Any, adapter: Adapter) -> None:
        self._target, self._adapter = target, adapter
        self._lasting: dict[tuple[tuple[str, int], ...], Any] = {}
        self.changed: str | None = None  # the argument that some call changed, though it was handed a copy

    @property
    def options(self) -> tuple[str, ...]:
        """The optional arguments of a candidate that it takes."""
        return ("key_mask",) if self._adapter.mask_arg or "key_mask" in _argument_names(self._target) else ()

    def __call__(
        self, q: Array, k: Array, v: Array, *, n_samples: int, seed: int, key_mask: Array | None = None
    ) -> Any:
        """Call it, once, or once for each d columns of the values."""
        n, dim = q.shape
        sizes = {"n": n, "m": len(k), "d": dim, "n_samples": n_samples, "seed": seed}
        if self._adapter.scale == "one":
            root = dim**-0.25
            q, k = q * root, k * root
        if self._adapter.columns == "any":
            return self._once(q, k, v, sizes | {"e": v.shape[1]}, key_mask)
        width = v.shape[1]
        padded = np.zeros((len(v), -(-width // dim) * dim), dtype=v.dtype)
        padded[:, :width] = v
        parts = [
            _on_host(self._once(q, k, padded[:, at : at + dim], sizes | {"e": dim}, key_mask), (n, dim))
            for at in range(0, padded.shape[1], dim)
        ]
        return np.concatenate(parts, axis=1)[:, :width]

    def _once(self, q: Array, k: Array, v: Array, sizes: dict[str, int], key_mask: Array | None) -> Any:
        adapter, seed = self._adapter, sizes["seed"]
        words = {name: filled(text, sizes) for name, text in named_values(adapter.call).items()}
        if adapter.n_samples_arg:
            words[adapter.n_samples_arg] = sizes["n_samples"]
        if adapter.seed_by == "argument":
            words[adapter.seed_arg] = seed
        elif adapter.seed_by == "generator":
            words[adapter.seed_arg] = _generator(adapter.arrays, seed)
        else:
            _seed_globally(seed)
        if key_mask is not None:
            words[adapter.mask_arg or "key_mask"] = _to(adapter.arrays, self._mask(key_mask, q.dtype))
        laid_out = [self._laid_out(array) for array in (q, k, v)]
        inputs = [_to(adapter.arrays, array) for array in laid_out]
        function = self._function(sizes)
        with _mode(function, adapter.mode):
            output = function(*inputs, **words)
        for name, before, after in zip("qkv", laid_out, inputs, strict=True):
            if not np.array_equal(before, _as_numpy(after)):
                self.changed = name
        output = output[0] if isinstance(output, tuple) and output else output
        return self._taken_back(output, (sizes["n"], sizes["e"]))

    def _function(self, sizes: dict[str, int]) -> Any:
        """The target, or an instance of it: a new one for every call, or a lasting one that draws its features anew."""
        adapter, target = self._adapter, self._target
        if inspect.isclass(target):
            made = {name: filled(text, sizes) for name, text in named_values(adapter.init).items()}
            if not adapter.redraw:
                return target(**made)
            key = tuple(sorted((name, size) for name, size in sizes.items() if name != "seed"))
            if key not in self._lasting:
                self._lasting[key] = target(**made)
            target = self._lasting[key]
        if adapter.redraw:
            getattr(target, adapter.redraw)()
        return target

    def _laid_out(self, array: Array) -> Array:
        at = {"n": 0, "d": 1}
        return array.reshape([array.shape[at[axis]] if axis in at else 1 for axis in self._in_order]).transpose(
            [self._in_order.index(axis) for axis in self._adapter.layout]
        )

    @property
    def _in_order(self) -> str:
        return "".join(sorted(self._adapter.layout, key="bhnd".index))

    def _taken_back(self, output: Any, expected: tuple[int, int]) -> Any:
        """Axes back to (N, e) if the output has all of them; anything else goes on as it came, to be refused there."""
        if not hasattr(output, "shape") or not hasattr(output, "dtype"):
            return output
        layout = self._adapter.layout
        sizes = {"n": expected[0], "d": expected[1], "b": 1, "h": 1}
        if tuple(output.shape) != tuple(sizes[axis] for axis in layout):
            return output
        if layout.index("n") > layout.index("d"):
            output = output.swapaxes(layout.index("n"), layout.index("d"))
        return output.reshape(expected)

    def _mask(self, key_mask: Array, dtype: Any) -> Array:
        kind = self._adapter.mask_kind
        mask = key_mask if kind == "keep" else ~key_mask
        if kind == "additive":
            mask = np.where(mask, -np.inf, 0.0).astype(dtype)
        return mask[None] if "b" in self._adapter.layout else mask


def _argument_names(target: Any) -> tuple[str, ...]:
    """What a call of the target, or of its instances, may name."""
    called = getattr(target, "forward", target.__call__ if inspect.isclass(target) else target)
    try:
        return tuple(inspect.signature(called).parameters)
    except (TypeError, ValueError):
        return ()


def filled(text: str, sizes: dict[str, int]) -> Any:
    """A value from the command line, sizes put in for ``{d}``, ``{e}``, ``{n}``, ``{m}``, ``{n_samples}``."""
    for name, size in sizes.items():
        text = text.replace(f"{{{name}}}", str(size))
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _to(arrays: str, array: Array) -> Any:
    array = np.array(array, order="C")
    if arrays == "torch":
        import torch

        return torch.from_numpy(array)
    if arrays == "jax":
        import jax.numpy as jnp

        return jnp.asarray(array)
    return array


def _on_host(output: Any, expected: tuple[int, int]) -> Array:
    if not hasattr(output, "shape") or tuple(output.shape) != expected:
        got = f"shape {tuple(output.shape)}" if hasattr(output, "shape") else f"a {type(output).__name__}"
        raise ValueError(f"{got} came back for values of {expected[1]} columns; expected {expected}")
    return _as_numpy(output)


def _as_numpy(array: Any) -> Array:
    return np.asarray(array.detach().cpu() if hasattr(array, "detach") else array)


def _generator(arrays: str, seed: int) -> Any:
    if arrays == "torch":
        import torch

        return torch.Generator().manual_seed(seed)
    if arrays == "jax":
        import jax

        return jax.random.key(seed)
    return np.random.default_rng(seed)


def _seed_globally(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)  # the global generator is what such code draws from
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@contextmanager
def _mode(function: Any, mode: str) -> Iterator[None]:
    if mode == "as-built" or not hasattr(function, "train"):
        yield
        return
    before = function.training
    function.train(mode == "train")
    try:
        yield
    finally:
        function.train(before)
