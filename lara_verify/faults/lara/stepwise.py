"""LARA one step a method, for faults that differ from it in a single step."""

from dataclasses import dataclass

import numpy as np

from lara_estimators import Estimate, Problem, ProposalNoise
from lara_estimators.reference.landmarks import Landmarks, landmarks
from lara_estimators.reference.scaling import Array, Scaled, half_squared_norm, scaled

N_PROPOSALS = 4


@dataclass(frozen=True)
class StepwiseLARA:
    """`lara_estimators.reference.LARA` with 4 proposals and balance weights, on the same noise, without batch.

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
        return ProposalNoise(self.normals(rng, (*replicates, N_PROPOSALS, n_each, problem.dim)))

    def __call__(self, problem: Problem, noise: ProposalNoise) -> Estimate:
        """Return the estimate for every query."""
        if problem.batch_shape:
            raise ValueError("faults of lara are simulated on problems without batch only")
        x, y, v, log_mask = self.symbols(problem)[:4]
        marks = self.landmarks(x, y, log_mask)
        w = self.means(marks)[:, None, :] + self.perturbation(problem, np.asarray(noise.normals))
        f, ell = self.integrand(self.log_kernels(w, y), v, log_mask)
        log_density = self.log_densities(w, marks)
        own = np.swapaxes(np.diagonal(log_density, axis1=-3, axis2=-1), -1, -2)
        log_density = log_density + marks.log_kept
        alpha = self.log_alpha(log_density, own + marks.log_kept[:, None], x, marks.x_bar)
        log_weights = alpha + self.log_targets(w, x, ell) - self.divisor(log_density, own)[..., None, :, :]
        f = f.reshape(*f.shape[:-3], -1, f.shape[-1])
        return Estimate(self.ratio(log_weights.reshape(*log_weights.shape[:-2], -1), f))

    def symbols(self, problem: Problem) -> Scaled:
        """``x, y, v`` and the logarithm of the mask."""
        return scaled(problem)

    def normals(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
        """The standardised noise ``z``."""
        return rng.standard_normal(shape)

    def landmarks(self, x: Array, y: Array, log_mask: Array) -> Landmarks:
        """Means of segments, ``(C, d)``, and ``log_kept``, ``(C,)``."""
        return landmarks(x, y, log_mask, N_PROPOSALS)

    def means(self, marks: Landmarks) -> Array:
        """``mu``, ``(C, d)``, about which is drawn."""
        return marks.x_bar + marks.y_bar

    def perturbation(self, problem: Problem, normals: Array) -> Array:  # faults read the problem
        """What is added to the proposals' means."""
        return normals

    def log_kernels(self, w: Array, y: Array) -> Array:
        """``w . y_m - |y_m|^2 / 2``, ``(*R, C, S, M)``."""
        return w @ y.T - half_squared_norm(y)

    def integrand(self, a: Array, v: Array, log_mask: Array) -> tuple[Array, Array]:
        """``f`` and ``ell`` at every draw, ``(*R, C, S, e)`` and ``(*R, C, S)``."""
        a = a + log_mask
        top = a.max(axis=-1, keepdims=True)
        kernels = np.exp(a - top)
        total = kernels.sum(axis=-1, keepdims=True)
        return kernels / total @ v, (top + np.log(total))[..., 0]

    def log_densities(self, w: Array, marks: Landmarks) -> Array:
        """Logarithms of the densities of all proposals, over ``N(w; 0, I)``."""
        mu = self.means(marks)
        return np.asarray(w @ mu.T - half_squared_norm(mu))

    def log_targets(self, w: Array, x: Array, ell: Array) -> Array:
        """Logarithm of ``Z(x) p_x(w)`` over ``N(w; 0, I)``, up to a number for each query, ``(*R, N, C, S)``."""
        return np.asarray(np.moveaxis(w @ x.T, -1, -3) + ell[..., None, :, :])

    def divisor(self, log_density: Array, own: Array) -> Array:
        """Logarithm of the density of the draw's own proposal, up to a common constant."""
        return own

    def log_alpha(self, log_density: Array, own: Array, x: Array, x_bar: Array) -> Array:
        """Logarithm of the balance heuristic, ``(*R, 1 or N, C, S)``."""
        return (own - self.log_mixture(log_density))[..., None, :, :]

    def log_mixture(self, log_density: Array) -> Array:
        """Logarithm of the proposals' summed densities at each draw, ``(*R, C, S)``."""
        return np.asarray(np.logaddexp.reduce(log_density, axis=-1))

    def ratio(self, log_weights: Array, f: Array) -> Array:
        """The value: weights ``(*R, N, C S)``, normalised, times ``f``, ``(*R, C S, e)``."""
        omega = np.exp(log_weights - log_weights.max(axis=-1, keepdims=True))
        return np.asarray(omega @ f / omega.sum(axis=-1, keepdims=True))
