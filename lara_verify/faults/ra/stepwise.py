"""Randomized attention one step a method, for faults that differ from it in a single step."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lara_estimators import Estimate, MixtureNoise, Problem
from lara_estimators.reference.component import draw_component
from lara_estimators.reference.scaling import Array, Scaled, half_squared_norm, scaled

Indices = np.ndarray[Any, np.dtype[np.intp]]


@dataclass(frozen=True)
class StepwiseRA:
    """`lara_estimators.reference.RA` on the same noise, written so that each step can be replaced.

    Shapes as there. A fault is a subclass that replaces one step.
    """

    n_samples: int = 1

    @property
    def name(self) -> str:
        """What it says it is."""
        return "ra"

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        """Draw component and normals."""
        x, y, _, log_mask = self.symbols(problem)[:4]
        shape = (*problem.batch_shape, problem.n_queries, problem.n_keys)
        pi = np.broadcast_to(self.probabilities(x, y, log_mask), shape)
        component = self.component(pi, rng, replicates)
        return MixtureNoise(component, self.normals(rng, (*component.shape, problem.dim)))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        """Return the estimate for every query."""
        symbols = self.symbols(problem)
        _, y, v, log_mask = symbols[:4]
        component, normals = noise
        w = self.centres(symbols, _rows(y, problem.batch_shape, component)) + self.perturbation(problem, normals)
        p = self.masked_weights(self.log_kernels(w, y), log_mask[..., None, None, :])
        return Estimate(self.average(self.integrand(p, v)))

    def symbols(self, problem: Problem) -> Scaled:
        """``x, y, v`` and the logarithm of the mask."""
        return scaled(problem)

    def probabilities(self, x: Array, y: Array, log_mask: Array) -> Array:
        """``pi(x)``, ``(*B, N, M)``, from which the component is drawn."""
        logits = x @ np.swapaxes(y, -1, -2) + log_mask[..., None, :]
        weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return np.asarray(weights / weights.sum(axis=-1, keepdims=True))

    def component(self, pi: Array, rng: np.random.Generator, replicates: tuple[int, ...]) -> Indices:
        """``m ~ pi(x)``, ``(*R, *B, N, S)``."""
        return draw_component(pi, self.n_samples, rng, replicates)

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """The standardised noise ``z``."""
        return rng.standard_normal(shape)

    def centres(self, symbols: Scaled, drawn: Array) -> Array:
        """``x + y_m``, from the drawn keys ``(*R, *B, N, S, d)``."""
        return symbols.x[..., None, :] + drawn

    def perturbation(self, problem: Problem, normals: Array) -> Array:  # faults read the problem
        """What is added to ``x + y_m``."""
        return normals

    def log_kernels(self, w: Array, y: Array) -> Array:
        """``w . y_m - |y_m|^2 / 2``, ``(..., N, S, M)``."""
        return w @ np.swapaxes(y, -1, -2)[..., None, :, :] - half_squared_norm(y)[..., None, None, :]

    def masked_weights(self, a: Array, log_mask: Array) -> Array:
        """The weights of the values, 0 where masked."""
        return self.weights(a + log_mask)

    def weights(self, a: Array) -> Array:
        """The weights of the values, from the logarithms of kernels."""
        p = np.exp(a - a.max(axis=-1, keepdims=True))
        return np.asarray(p / p.sum(axis=-1, keepdims=True))

    def integrand(self, p: Array, v: Array) -> Array:
        """``f``, ``(*R, *B, N, S, e)``, from the weights of the values."""
        return p @ v[..., None, :, :]

    def average(self, f: Array) -> Array:
        """The mean of ``f`` over the draws."""
        return np.asarray(np.mean(f, axis=-2))


def _rows(y: Array, batch: tuple[int, ...], component: Indices) -> Array:
    """The drawn keys, ``(*R, *B, N, S, d)``."""
    item = [
        np.arange(size).reshape(size, *[1] * (len(batch) - axis + 1)) for axis, size in enumerate(batch)
    ]  # each broadcasts along its own batch axis of the component
    return np.asarray(np.broadcast_to(y, (*batch, *y.shape[-2:]))[(*item, component)])
