"""Golden vectors as JSON: inputs that float64 holds, outputs as decimal digits with a radius; read and written."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lara_estimators import given, noise
from lara_estimators.problem import Problem
from lara_verify.oracles.balls.digits import digits
from lara_verify.oracles.balls.evaluate import ball_value
from lara_verify.oracles.balls.formulas import formula_of

NOISES: dict[str, Any] = {
    "Softmax": noise.NoNoise,
    "MeanValue": noise.NoNoise,
    "RFA": noise.FeatureNoise,
    "TrigonometricRFA": noise.FeatureNoise,
    "Importance": noise.FeatureNoise,
    "RA": noise.MixtureNoise,
    "StratifiedRA": noise.MixtureNoise,
    "Index": noise.IndexNoise,
    "LARA": noise.ProposalNoise,
    "KeySampling": noise.KeyNoise,
    "PoissonSampling": noise.InclusionNoise,
    "ExactPlusTail": noise.KeyNoise,
}


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """An estimator, by the name of its class and its fields, on one problem with one noise."""

    name: str
    estimator: str
    options: Mapping[str, Any]
    problem: Problem
    noise: Any


class Vector(NamedTuple):
    """A case and its output: arrays ``(*R, *B, N, e)`` of decimal strings."""

    case: Case
    value: Any
    radius: Any


def solved(case: Case) -> Vector:
    """Evaluate a case in balls."""
    balls = ball_value(case.problem, formula_of(case.estimator, **case.options), case.noise)
    value, radius = np.empty(balls.shape, object), np.empty(balls.shape, object)
    for at in np.ndindex(balls.shape):
        value[at], radius[at] = digits(balls[at])
    return Vector(case, value, radius)


def to_json(vectors: Iterable[Vector]) -> str:
    """Text of a file: a list of objects, one field a line."""
    return "[\n" + ",\n".join(_object_text(vector) for vector in vectors) + "\n]\n"


def read_vectors(path: Path) -> list[Vector]:
    """Read a file of golden vectors."""
    return [_vector(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def _object_text(vector: Vector) -> str:
    case, problem = vector.case, vector.case.problem
    entry = {
        "name": case.name,
        "estimator": case.estimator,
        "options": {name: _option(value) for name, value in case.options.items()},
        "q": _nested(problem.q),
        "k": _nested(problem.k),
        "v": _nested(problem.v),
        "scale": problem.scale,
        "key_mask": None if problem.key_mask is None else _nested(problem.key_mask),
        "causal": problem.causal,
        "noise": {} if isinstance(case.noise, noise.NoNoise) else _noise(case.noise),
        "value": _nested(vector.value),
        "radius": _nested(vector.radius),
    }
    return "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in entry.items()) + "\n}"


def _noise(parts: Any) -> dict[str, Any]:
    return {name: _nested(part) for name, part in zip(parts._fields, parts, strict=True)}


def _nested(array: Any) -> Any:
    return np.asarray(array).tolist()


def _option(value: Any) -> Any:
    if not is_dataclass(value):
        return value
    parts = {field.name: getattr(value, field.name) for field in fields(value)}
    return {"type": type(value).__name__} | {
        name: None if part is None else _nested(part) for name, part in parts.items()
    }


def _vector(entry: Mapping[str, Any]) -> Vector:
    mask = None if entry["key_mask"] is None else np.array(entry["key_mask"])
    q, k, v = (np.array(entry[name]) for name in "qkv")
    problem = Problem(q, k, v, entry["scale"], mask, entry["causal"])
    made = NOISES[entry["estimator"]](**{name: np.array(part) for name, part in entry["noise"].items()})
    options = {name: _from_option(value) for name, value in entry["options"].items()}
    case = Case(entry["name"], entry["estimator"], options, problem, made)
    return Vector(case, np.array(entry["value"], object), np.array(entry["radius"], object))


def _from_option(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if not isinstance(value, dict):
        return value
    parts = {name: None if part is None else np.array(part) for name, part in value.items() if name != "type"}
    return getattr(given, value["type"])(**parts)
