"""The input of attention, validated once, when it is made."""

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import array_api_compat
import numpy as np


class ProblemError(ValueError):
    """The arrays do not make an attention problem; the message says what was got, where, and what was expected."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Queries, keys and values, with the scale of the logits and the keys that take part.

    Parameters
    ----------
    q
        Queries ``(*B, N, d)``.
    k
        Keys ``(*B, M, d)``.
    v
        Values ``(*B, M, e)``. The three are real floating arrays of one library (NumPy, torch, or another that
        the array API standard describes) and one dtype, finite, with ``N, M, d, e >= 1``.
    scale
        What multiplies the logits ``q . k``; positive; None means ``1 / sqrt(d)``.
    key_mask
        Booleans ``(*B, M)``, True where the key takes part; None means that all do. Batch dimensions broadcast.
    causal
        Whether query n sees the keys ``m <= n`` only; needs ``N = M``.

    Raises
    ------
    ProblemError
        If anything above does not hold, or if no key takes part for some batch item (when causal: for some query).
        Values are not read where there are none to read: on torch's meta device, of fake tensors, and while torch
        compiles, traces or maps a function over an axis.
    """

    q: Any
    k: Any
    v: Any
    scale: float = None  # type: ignore[assignment]  # stands for the default until `_check_scale` has put a float there
    key_mask: Any = None
    causal: bool = False

    if TYPE_CHECKING:  # what may be given is wider than what is held: None for the scale

        def __init__(
            self, q: Any, k: Any, v: Any, scale: float | None = None, key_mask: Any = None, causal: bool = False
        ) -> None: ...

    @classmethod
    def unread(
        cls, q: Any, k: Any, v: Any, scale: float | None = None, key_mask: Any = None, causal: bool = False
    ) -> Self:
        """Make a problem without looking whether its numbers are finite, nor at a mask that is not on a processor.

        What is called in every layer of a model neither reads its inputs once more nor waits for an accelerator.
        """
        problem = object.__new__(cls)
        for name, given in zip(cls.__slots__, (q, k, v, scale, key_mask, causal), strict=True):
            object.__setattr__(problem, name, given)
        problem._check(read=False)
        return problem

    def __post_init__(self) -> None:
        self._check(read=True)

    def _check(self, read: bool) -> None:
        xp = _namespace(self.q, self.k, self.v)
        for name in ("q", "k", "v"):
            _check_array(xp, name, getattr(self, name), read)
        for name, other in (("k", self.k), ("v", self.v)):
            if other.dtype != self.q.dtype:
                raise ProblemError(f"{name} has dtype {other.dtype} but q has {self.q.dtype}; they must be equal")
        if self.k.shape[-1] != self.q.shape[-1]:
            raise ProblemError(
                f"q has dimension {self.q.shape[-1]} and k has {self.k.shape[-1]}; the last axes must be equal"
            )
        if self.v.shape[-2] != self.k.shape[-2]:
            raise ProblemError(f"k has {self.k.shape[-2]} keys and v has {self.v.shape[-2]} values; expected as many")
        self._check_scale()
        self._check_causal()
        if self.key_mask is not None:
            _check_mask(xp, self.key_mask, self.k.shape[-2], self.causal, read)
        try:
            _ = self.batch_shape
        except ValueError:
            shapes = ", ".join(str(tuple(a.shape)) for a in (self.q, self.k, self.v))
            mask = "" if self.key_mask is None else f" and key_mask {tuple(self.key_mask.shape)}"
            raise ProblemError(f"batch dimensions of q, k, v {shapes}{mask} do not broadcast") from None

    def _check_scale(self) -> None:
        scale = 1 / math.sqrt(self.q.shape[-1]) if self.scale is None else self.scale
        if isinstance(scale, bool) or not isinstance(scale, (int, float, np.floating, np.integer)):
            raise ProblemError(f"scale is a {type(scale).__name__}; expected a positive number")
        if not (math.isfinite(scale) and scale > 0):
            raise ProblemError(f"scale is {scale}; expected a positive finite number")
        object.__setattr__(self, "scale", float(scale))

    def _check_causal(self) -> None:
        if not isinstance(self.causal, bool):
            raise ProblemError(f"causal is {self.causal!r}; expected True or False")
        if self.causal and self.n_queries != self.n_keys:
            raise ProblemError(
                f"causal with {self.n_queries} queries and {self.n_keys} keys; expected as many queries as keys"
            )

    @property
    def n_queries(self) -> int:
        """N, the number of queries."""
        return int(self.q.shape[-2])

    @property
    def n_keys(self) -> int:
        """M, the number of keys, masked ones included."""
        return int(self.k.shape[-2])

    @property
    def dim(self) -> int:
        """d, the dimension of queries and keys."""
        return int(self.q.shape[-1])

    @property
    def value_dim(self) -> int:
        """e, the dimension of the values."""
        return int(self.v.shape[-1])

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """B, the broadcast batch dimensions."""
        leading = [tuple(a.shape[:-2]) for a in (self.q, self.k, self.v)]
        if self.key_mask is not None:
            leading.append(tuple(self.key_mask.shape[:-1]))
        return np.broadcast_shapes(*leading)


def _namespace(*arrays: Any) -> Any:
    torch = sys.modules.get("torch")
    if torch is not None and all(isinstance(array, torch.Tensor) for array in arrays):
        return torch  # the compiler cannot look into array_api_compat
    for name, array in zip("qkv", arrays, strict=True):
        if not array_api_compat.is_array_api_obj(array):
            raise ProblemError(f"{name} is a {type(array).__name__}; expected an array")
    try:
        return array_api_compat.array_namespace(*arrays)
    except TypeError:
        kinds = ", ".join(type(a).__name__ for a in arrays)
        raise ProblemError(f"q, k, v are of different array libraries ({kinds}); expected one") from None


def _check_array(xp: Any, name: str, array: Any, read: bool) -> None:
    if not _is_real_floating(xp, array):
        raise ProblemError(f"{name} has dtype {array.dtype}; expected a real floating dtype")
    if array.ndim < 2:
        raise ProblemError(f"{name} has shape {tuple(array.shape)}; expected at least two axes (positions, dimension)")
    if min(array.shape[-2:]) < 1:
        raise ProblemError(f"{name} has shape {tuple(array.shape)}; expected at least one position and one dimension")
    if read and _has_values(array) and not bool(xp.all(xp.isfinite(array))):
        raise ProblemError(f"{name} holds NaN or infinity; expected finite numbers")


def _check_mask(xp: Any, key_mask: Any, n_keys: int, causal: bool, read: bool) -> None:
    if not (_is_tensor(key_mask) or array_api_compat.is_array_api_obj(key_mask)):
        raise ProblemError(f"key_mask is a {type(key_mask).__name__}; expected a boolean array")
    if _is_tensor(key_mask) != (xp.__name__ == "torch"):
        raise ProblemError(f"key_mask is a {type(key_mask).__name__}; expected an array of the library of q, k and v")
    if not _is_boolean(xp, key_mask):
        raise ProblemError(f"key_mask has dtype {key_mask.dtype}; expected booleans, True where the key takes part")
    if key_mask.ndim < 1 or key_mask.shape[-1] != n_keys:
        raise ProblemError(f"key_mask has shape {tuple(key_mask.shape)}; expected (..., {n_keys}), one entry a key")
    if not _has_values(key_mask) or not (read or _on_processor(key_mask)):
        return
    if not bool(xp.all(xp.any(key_mask, axis=-1))):
        raise ProblemError("key_mask leaves no key for some batch item; expected at least one True in every row")
    if causal and not bool(xp.all(key_mask[..., 0])):
        raise ProblemError("key_mask leaves no key for the first query when causal; expected key 0 to take part")


def _is_tensor(array: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def _is_real_floating(xp: Any, array: Any) -> bool:
    return bool(array.dtype.is_floating_point if _is_tensor(array) else xp.isdtype(array.dtype, "real floating"))


def _is_boolean(xp: Any, array: Any) -> bool:
    return str(array.dtype) == "torch.bool" if _is_tensor(array) else bool(xp.isdtype(array.dtype, "bool"))


def _on_processor(array: Any) -> bool:
    return not _is_tensor(array) or array.device.type == "cpu"


def _has_values(array: Any) -> bool:
    """Whether numbers can be read, without a break in what torch compiles, traces or maps over an axis."""
    if not _is_tensor(array):
        return True
    if array.device.type == "meta" or type(array).__name__ == "FakeTensor":
        return False
    torch = sys.modules["torch"]
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    return not torch._C._functorch.is_functorch_wrapped_tensor(array)
