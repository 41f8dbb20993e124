"""Finding a stranger's function: ``path/to/file.py:name`` or ``package.module:name``."""

import base64
import importlib
import importlib.util
import inspect
import json
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

OPTIONAL = ("n_proposals", "key_mask", "causal", "noise")
"""Keyword arguments that a candidate gets if its signature names them."""


class TargetError(Exception):
    """The target cannot be loaded; the message is one sentence."""


BY_VALUE = "pickled:"
"""How the target begins that is a function itself."""


def by_value(function: Callable[..., Any]) -> str:
    """A target that carries ``function`` itself, wherever it was defined, and the path that its modules are found on.

    Raises
    ------
    TargetError
        If it cannot be sent to another process.
    """
    import cloudpickle

    if not callable(function):
        raise TargetError(f"the candidate is a {type(function).__name__}; expected a function or the name of one")
    try:
        sent = cloudpickle.dumps(function)
    except Exception as error:
        raise TargetError(f"the candidate cannot be sent to a process of its own: {describe(error)}") from None
    return BY_VALUE + json.dumps([sys.path, base64.b64encode(sent).decode()])


def load(target: str) -> Callable[..., Any]:
    """Import ``target`` in this process and return its function.

    Raises
    ------
    TargetError
        If the form is wrong, the file or module is missing or fails to import, or the name is not a callable in it.
    """
    if target.startswith(BY_VALUE):
        return _unpickled(target)
    place, separator, name = target.rpartition(":")
    if not (separator and place and name):
        raise TargetError(f"{target!r} names no function; expected path/to/file.py:name or package.module:name")
    module = _from_file(Path(place)) if place.endswith(".py") else _from_name(place)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise TargetError(f"there is no {name!r} in {place}")
        found = getattr(found, part)
    if not callable(found):
        raise TargetError(f"{name!r} in {place} is a {type(found).__name__}; expected a function")
    function: Callable[..., Any] = found
    return function


def signature_error(function: Callable[..., Any]) -> str | None:
    """Why ``function`` cannot be called as a candidate, as a sentence; None if it can, or if that cannot be told."""
    try:
        options = dict.fromkeys(named_options(function))
        inspect.signature(function).bind(None, None, None, n_samples=1, seed=0, **options)
    except TypeError as error:
        return f"it cannot be called as f(q, k, v, *, n_samples, seed): {error}"
    except ValueError:
        return None
    return None


def named_options(function: Callable[..., Any]) -> tuple[str, ...]:
    """Which of `OPTIONAL` the signature of ``function`` names."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return ()
    return tuple(name for name in OPTIONAL if name in parameters)


def _unpickled(target: str) -> Callable[..., Any]:
    sys.path[:], sent = json.loads(target.removeprefix(BY_VALUE))
    function: Callable[..., Any] = _run(lambda: pickle.loads(base64.b64decode(sent)), "the candidate")
    return function


def _from_file(path: Path) -> Any:
    if not path.is_file():
        raise TargetError(f"there is no file {path}")
    sys.path.insert(0, str(path.resolve().parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    loader = None if spec is None else spec.loader
    if spec is None or loader is None:
        raise TargetError(f"{path} cannot be read as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    _run(lambda: loader.exec_module(module), str(path))
    return module


def _from_name(name: str) -> Any:
    sys.path.insert(0, "")
    return _run(lambda: importlib.import_module(name), name)


def _run(action: Callable[[], Any], place: str) -> Any:
    try:
        return action()
    except ModuleNotFoundError as error:
        missing = f"there is no module {error.name!r}"
        raise TargetError(missing if error.name == place else f"importing {place} failed: {missing}") from None
    except BaseException as error:
        raise TargetError(f"importing {place} failed: {describe(error)}") from None


def describe(error: BaseException) -> str:
    """An exception in one line: its type and the first line of its message, cut to a readable length."""
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # what it says of itself is a stranger's code too
        lines = []
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."
