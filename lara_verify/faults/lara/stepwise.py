"""LARA one step a method, for faults that differ from it in a single step."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Estimate, Problem, ProposalNoise
from lara_estimators.reference.scaling import Array, half_squared_norm, scaled

N_PROPOSALS = 4


@dataclass(frozen=True)
class StepwiseLARA:
    """`lara_estimators.reference.LARA` with 4 proposals and balance weights, on the same noise, for unmasked problems.

    Shapes: normals ``(*R, C, S, d)``; log densities ``(*R, C, S, C)``, the last axis the proposal that is evaluated;
    log weights ``(*R, N, C, S)``. A fault is a subclass that replaces one step.
    """

    n_samples: int = N_PROPOSALS

    @property
    def name(self) -> str:
        """What it says it is."""
        return "lara[balance]"

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> ProposalNoise:
        """Draw the normals of every proposal."""
        n_each = self.n_samples // N_PROPOSALS
        return ProposalNoise(rng.standard_normal((*replicates, N_PROPOSALS, n_each, problem.dim)))

    def __call__(self, problem: Problem, noise: ProposalNoise) -> Estimate:
        """Return the estimate for every query."""
        if problem.key_mask is not None or problem.batch_shape:
            raise ValueError("faults of lara are simulated on problems without mask and batch only")
        x, y, v = scaled(problem)[:3]
        x_bar, y_bar = (np.stack([s.mean(axis=0) for s in np.array_split(a, N_PROPOSALS)]) for a in (x, y))
        mu = x_bar + y_bar
        w = mu[:, None, :] + self.perturbation(problem, np.asarray(noise.normals))
        a = w @ y.T - half_squared_norm(y)
        top = a.max(axis=-1, keepdims=True)
        kernels = np.exp(a - top)
        total = kernels.sum(axis=-1, keepdims=True)
        ell = (top + np.log(total))[..., 0]
        log_density = w @ mu.T - half_squared_norm(mu)
        own = np.swapaxes(np.diagonal(log_density, axis1=-3, axis2=-1), -1, -2)
        log_ratio = np.moveaxis(w @ x.T, -1, -3) + ell[..., None, :, :] - self.divisor(own)[..., None, :, :]
        log_weights = self.log_alpha(log_density, own, x, x_bar) + log_ratio
        log_weights = log_weights.reshape(*log_weights.shape[:-2], -1)
        omega = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
        f = (kernels / total @ v).reshape(*omega.shape[:-2], omega.shape[-1], -1)
        return Estimate(omega @ f / omega.sum(axis=-1, keepdims=True))

    def perturbation(self, problem: Problem, normals: Array) -> Array:  # faults read the problem
        """What is added to the proposals' means."""
        return normals

    def divisor(self, own: Array) -> Array:
        """Logarithm of the density of the draw's own proposal, up to a common constant."""
        return own

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        """Logarithm of the balance heuristic, ``(*R, 1 or N, C, S)``."""
        return (own - self.log_mixture(log_density))[..., None, :, :]

    def log_mixture(self, log_density: Array) -> Array:
        """Logarithm of the proposals' summed densities at each draw, ``(*R, C, S)``."""
        return np.asarray(np.logaddexp.reduce(log_density, axis=-1))
