"""Random feature attention with trigonometric features."""

import math
from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import FeatureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import log_visible
from lara_estimators.reference.layout import batch_first, check_n_samples, replicates_first, replicates_of
from lara_estimators.reference.sampling import sampling_of
from lara_estimators.reference.scaling import Array, half_squared_norm, scaled


@dataclass(frozen=True, slots=True)
class TrigonometricRFA:
    r"""Random feature attention with sines and cosines: unbiased kernels that can be negative.

    Definition, for ``x = sqrt(scale) q`` and ``y = sqrt(scale) k``:

        value = sum_m kappa_m v_m / sum_m kappa_m,
        kappa_m = exp(|x|^2 / 2 + |y_m|^2 / 2) (1/S) sum_s cos(w_s . (x - y_m)),

    where ``cos(w . (x - y)) = phi(x) . phi(y)`` for the features ``phi(u) = (cos w . u, sin w . u)``. Causal: for the
    n-th query both sums run over the keys ``m <= n``.

    Law of the noise: ``w_1 .. w_S``, each N(0, I), one set for all queries: i.i.d., or coupled as `sampling` says.

    Claim: ``E kappa_m = exp(x . y_m)`` at every S; the value is consistent. It may leave the hull, as kappa can be
    negative, and need not have a mean, as the normaliser can be near 0. Cost (N + M) S.

    Proof: ``E exp(i w . u) = exp(-|u|^2 / 2)`` is real, so ``E cos(w . (x - y)) = exp(-|x - y|^2 / 2)``, and
    ``|x|^2 + |y|^2 - |x - y|^2 = 2 x . y``; every row of every sampling is N(0, I). So numerator and normaliser
    converge to A Z and Z > 0, and the ratio to A.

    Source: Peng et al. 2021, arXiv:2103.02143; Rahimi and Recht 2007.

    Shapes: noise ``normals`` ``(*R, *B, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_normaliser`` ``(*R, *B, N)``,
    complex, as a logarithm of negative numbers is: the normaliser is ``exp(log_normaliser).real``.

    Parameters
    ----------
    n_samples
        S, the number of draws that a query averages.
    sampling
        ``iid``, ``orthogonal``, ``simplex`` or ``quasi-monte-carlo``; not ``antithetic``: the cosine is even, and a
        pair (w, -w) would be one draw twice.

    Raises
    ------
    ValueError
        If a field is none of these, or noise has another shape than said above.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.zeros((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> rfa = TrigonometricRFA(n_samples=5)
    >>> noise = rfa.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> rfa(problem, noise).value.ravel().round(12).tolist()
    [3.0, 3.0]
    """

    n_samples: int = 1
    sampling: str = "iid"

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        if self.sampling == "antithetic":
            raise ValueError(
                "sampling is 'antithetic', but cosines are even: both rows of a pair say the same; "
                "expected iid, orthogonal, simplex or quasi-monte-carlo"
            )
        sampling_of(self.sampling).check(self.n_samples)

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "rfa[trigonometric]" if self.sampling == "iid" else f"rfa[trigonometric,{self.sampling}]"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.CONSISTENT),
            Claim(ClaimName.KERNEL_UNBIASED),
            Claim(ClaimName.NO_LEAK),
            Claim(ClaimName.SYMMETRY, "permutations of keys or queries, unless causal; affine maps of values"),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.LINEAR_COST),
            Claim(ClaimName.GRADIENT, "on fixed noise"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> FeatureNoise:
        """Draw the features, one set a replicate and batch item."""
        leading = (*replicates, *problem.batch_shape)
        return FeatureNoise(sampling_of(self.sampling).draw(rng, leading, self.n_samples, problem.dim))

    def __call__(self, problem: Problem, noise: FeatureNoise) -> Estimate:
        """Return the estimate for every query."""
        x, y, v, log_mask, _ = scaled(problem)
        n_batch = len(problem.batch_shape)
        normals = np.asarray(noise.normals, dtype=np.float64)
        replicates = replicates_of("normals", normals, problem.batch_shape, (self.n_samples, problem.dim))

        # features: (*B, R, N, 2 S) and (*B, R, M, 2 S)
        w = np.swapaxes(batch_first(normals, replicates, n_batch), -1, -2)
        phi_x, phi_y = (_features(rows[..., None, :, :] @ w) for rows in (x, y))

        # growth of the keys a query sees, exp(|y_m|^2 / 2) up to the largest: (*B, N or 1, M)
        log_growth = half_squared_norm(y)[..., None, :] + log_visible(problem, log_mask)
        top = np.max(log_growth, axis=-1, keepdims=True)
        growth = np.exp(log_growth - top)

        v_and_one = np.concatenate([v, np.ones((*v.shape[:-1], 1))], axis=-1)
        if problem.causal:
            kappa = phi_x @ np.swapaxes(phi_y, -1, -2) * growth[..., None, :, :]
            sums = kappa @ v_and_one[..., None, :, :]
        else:
            weighted = np.swapaxes(growth, -1, -2) * v_and_one
            sums = phi_x @ (np.swapaxes(phi_y, -1, -2) @ weighted[..., None, :, :])
        numerator, total = sums[..., :-1], sums[..., -1]
        log_scale = half_squared_norm(x) + top[..., 0] - math.log(self.n_samples)
        log_normaliser = np.log(total.astype(np.complex128)) + log_scale[..., None, :]
        return Estimate(
            value=replicates_first(numerator / total[..., None], replicates, n_batch),
            log_normaliser=replicates_first(log_normaliser, replicates, n_batch),
        )


def _features(angles: Array) -> Array:
    """``(cos, sin)`` of the angles, side by side on the last axis."""
    return np.concatenate([np.cos(angles), np.sin(angles)], axis=-1)
