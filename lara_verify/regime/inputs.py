"""Reading queries and keys from a file."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from lara_estimators import Problem, ProblemError

NAMES = ("q", "k", "v", "key_mask", "scale")


class InputError(Exception):
    """The file holds no attention problem; the message says in one sentence what is wrong."""


def read_npz(path: Path) -> tuple[Problem, bool]:
    """Read ``q`` ``(*B, N, d)``, ``k`` ``(*B, M, d)`` and, where there, ``v``, ``key_mask`` and ``scale``.

    Returns the problem, in float64, and whether the file has values; if not, one column of zeros stands for them.

    Raises
    ------
    InputError
        If the file cannot be read, an array is missing or of another name, or they do not make a problem.
    """
    arrays = _arrays(path)
    if strangers := sorted(set(arrays) - set(NAMES)):
        raise InputError(f"{path} holds {strangers[0]!r}; expected arrays named {', '.join(NAMES)}")
    for name in ("q", "k"):
        if name not in arrays:
            raise InputError(f"{path} has no array {name!r}; expected q and k, and where known v, key_mask, scale")
    for name in ("q", "k", "v", "scale"):
        if name in arrays and arrays[name].dtype.kind not in "fiu":
            raise InputError(f"{name} in {path} has dtype {arrays[name].dtype}; expected real numbers")
    q, k = (np.asarray(arrays[name], dtype=np.float64) for name in ("q", "k"))
    v = np.asarray(arrays["v"], dtype=np.float64) if "v" in arrays else np.zeros((*k.shape[:-1], 1))
    scale = arrays.get("scale")
    if scale is not None and scale.size != 1:
        raise InputError(f"scale in {path} has shape {scale.shape}; expected one number")
    try:
        return Problem(q, k, v, None if scale is None else float(scale.item()), arrays.get("key_mask")), "v" in arrays
    except ProblemError as error:
        raise InputError(f"{path} holds no attention problem: {error}") from None


def _arrays(path: Path) -> dict[str, Any]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            raise InputError(f"{path} holds one bare array; expected an .npz file with q and k")
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError:
        raise InputError(f"there is no file {path}; expected an .npz file with q and k") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} cannot be read as .npz: {' '.join(str(error).split())}") from None
