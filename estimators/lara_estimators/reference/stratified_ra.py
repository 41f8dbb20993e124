"""Randomized attention, stratified over chunks of keys."""

from dataclasses import dataclass

import numpy as np

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.reference.causal import refuse_causal
from lara_estimators.reference.component import draw_component
from lara_estimators.reference.layout import check_n_samples
from lara_estimators.reference.logspace import softmax
from lara_estimators.reference.mixture import checked_noise, mixture_mean
from lara_estimators.reference.scaling import Array, scaled


@dataclass(frozen=True, slots=True)
class StratifiedRA:
    r"""Stratified randomized attention: RA within every chunk of keys, the chunks weighted by their exact masses.

    Definition, for ``x = sqrt(scale) q``, ``y = sqrt(scale) k``, keys in C contiguous chunks, ``Z_c`` the sum of
    ``exp(x . y_m)`` over the c-th chunk, Z that over all keys, and f_c the ``integrand`` of the chunk's keys alone:

        value = sum_c (Z_c / Z) (1/S) sum_s f_c(w_cs),        w_cs = x + y_{m_cs} + z_cs.

    Law of the noise: ``m_cs ~ pi_c(x)``, softmax(x . y) restricted to the c-th chunk, and ``z_cs ~ N(0, I)``, all
    independent, *per query*, so that ``w_cs ~ p_c = sum_{m in c} pi_cm N(x + y_m, I)``.

    Claim: E value = A(x), softmax attention, at every S; variance falls as 1/S; in the hull. With C = 1 it is ``RA``,
    with C = M, one key a chunk, softmax attention itself. Cost N M S.

    Proof: within a chunk this is RA of the chunk's keys, so E f_c(w_cs) = A_c(x), softmax attention over these keys
    alone (see ``RA``); and ``sum_c (Z_c / Z) A_c = sum_c sum_{m in c} exp(x . y_m) v_m / Z = A``. The draws are
    independent: ``Var = sum_c (Z_c / Z)^2 Var f_c / S``. The masses ``Z_c / Z`` sum to one over means of f_c, which
    lie in the hull.

    Source: our own; stratified sampling with exact masses, Owen, Monte Carlo theory, methods and examples, ch. 8.
    Keys are centred first, as for ``RA``. Chunks are those of ``numpy.array_split``, longer first, of the padded
    sequence; one without a key that takes part has mass 0, and its component is its first key.

    Shapes: noise ``component`` ``(*R, *B, N, C, S)``, indices among all keys, and ``normals``
    ``(*R, *B, N, C, S, d)``; ``value`` ``(*R, *B, N, e)``; ``log_weights`` = log(Z_c / Z) - log S
    ``(*R, *B, N, C S)``, draws of one chunk side by side.

    Parameters
    ----------
    n_samples
        C S, the number of draws that a query averages.
    n_chunks
        C.

    Raises
    ------
    ValueError
        If `n_samples` or `n_chunks` is not an int of at least 1, `n_samples` is not a multiple of `n_chunks`, there
        are fewer keys than chunks, the problem is causal, or noise has another shape than said above or indices
        that are no keys of their chunk.

    Examples
    --------
    >>> import numpy as np
    >>> problem = Problem(q=np.ones((2, 3)), k=np.ones((4, 3)), v=np.array([[1.0], [2.0], [3.0], [6.0]]))
    >>> stratified = StratifiedRA(n_samples=6, n_chunks=2)
    >>> noise = stratified.draw(problem, np.random.Generator(np.random.SFC64(1)))
    >>> stratified(problem, noise).value.ravel().round(12).tolist()
    [3.0, 3.0]
    """

    n_samples: int = 1
    n_chunks: int = 1

    def __post_init__(self) -> None:
        check_n_samples(self.n_samples)
        check_n_samples(self.n_chunks, "n_chunks")
        if self.n_samples % self.n_chunks:
            raise ValueError(
                f"n_samples is {self.n_samples}, the draws of all chunks together; "
                f"expected a multiple of n_chunks, {self.n_chunks}"
            )

    @property
    def name(self) -> str:
        """Name in ids and reports."""
        return "stratified_ra"

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What holds for these fields."""
        return (
            Claim(ClaimName.BOUNDED),
            Claim(ClaimName.UNBIASED),
            Claim(ClaimName.CONSISTENT, "as the draws of every chunk grow"),
            Claim(ClaimName.VARIANCE_RATE, "in the draws of a chunk, n_samples / n_chunks"),
            Claim(ClaimName.NO_LEAK),
            Claim(
                ClaimName.SYMMETRY,
                "common shift of keys; permutations of queries with their noise, or of keys within their chunk with "
                "the drawn index; affine maps of values",
            ),
            Claim(ClaimName.LIMIT, "keys -> 0: equals softmax"),
            Claim(ClaimName.GRADIENT, "on fixed noise; not the gradient of the mean, as the component depends on q, k"),
            Claim(ClaimName.CROSS_CHECK),
        )

    def draw(self, problem: Problem, rng: np.random.Generator, replicates: tuple[int, ...] = ()) -> MixtureNoise:
        """Draw component and normals, one set a query, chunk, replicate and batch item."""
        chunks = self._chunks(problem)
        x, y, _, log_mask, _ = scaled(problem, centred=True)
        components = []
        for keys in chunks:
            pi, _ = softmax(x @ np.swapaxes(y[..., keys, :], -1, -2) + _log_mask_within(log_mask, keys)[..., None, :])
            pi = np.broadcast_to(pi, (*problem.batch_shape, *pi.shape[-2:]))
            components.append(keys.start + draw_component(pi, self._draws_per_chunk, rng, replicates))
        component = np.stack(components, axis=-2)
        return MixtureNoise(component, rng.standard_normal((*component.shape, problem.dim)))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        """Return the estimate for every query."""
        chunks = self._chunks(problem)
        x, y, v, log_mask, _ = scaled(problem, centred=True)
        noise, replicates = checked_noise(problem, noise, (self.n_chunks, self._draws_per_chunk))
        n_leading = noise.component.ndim - 2

        # means of f_c, each over the draws and the keys of its chunk; and log Z_c
        means, log_masses = [], []
        for c, keys in enumerate(chunks):
            component = noise.component[..., c, :] - keys.start
            if component.size and (component.min() < 0 or component.max() >= keys.stop - keys.start):
                raise ValueError(f"noise.component of chunk {c} holds keys outside {keys.start}..{keys.stop - 1}")
            y_c, v_c, log_mask_c = y[..., keys, :], v[..., keys, :], _log_mask_within(log_mask, keys)
            of_chunk = MixtureNoise(component, noise.normals[..., c, :, :])
            means.append(mixture_mean(x, y_c, v_c, log_mask_c, of_chunk, replicates, causal=False))
            _, log_mass = softmax(x @ np.swapaxes(y_c, -1, -2) + log_mask_c[..., None, :])
            log_masses.append(log_mass + _log_kept(log_mask, keys)[..., None])

        # the chunks, weighted by their shares Z_c / Z, (*B, N, C)
        share, log_z = softmax(np.stack(log_masses, axis=-1))
        value = np.sum(share[..., None] * np.stack(means, axis=-2), axis=-2)
        log_weights = np.stack(log_masses, axis=-1) - log_z[..., None] - np.log(self._draws_per_chunk)
        log_weights = np.repeat(log_weights, self._draws_per_chunk, axis=-1)
        return Estimate(
            value=value, log_weights=np.broadcast_to(log_weights, (*noise.component.shape[:n_leading], self.n_samples))
        )

    @property
    def _draws_per_chunk(self) -> int:
        return self.n_samples // self.n_chunks

    def _chunks(self, problem: Problem) -> list[slice]:
        """Keys of every chunk, those of ``numpy.array_split``."""
        refuse_causal(problem, self.name, "chunks of keys that no query before them sees are not built")
        if self.n_chunks > problem.n_keys:
            raise ValueError(f"n_chunks is {self.n_chunks} but there are {problem.n_keys} keys; expected at most that")
        return [slice(keys[0], keys[-1] + 1) for keys in np.array_split(range(problem.n_keys), self.n_chunks)]


def _log_kept(log_mask: Array, keys: slice) -> Array:
    """0 where a key of the chunk takes part, minus infinity where none does."""
    log_kept: Array = np.max(log_mask[..., keys], axis=-1)
    return log_kept


def _log_mask_within(log_mask: Array, keys: slice) -> Array:
    """Log-mask of the chunk's keys; where none takes part its first stands in, so that f_c exists, of weight 0."""
    first = np.where(np.arange(keys.stop - keys.start) == 0, 0.0, -np.inf)
    within: Array = np.where(np.isfinite(_log_kept(log_mask, keys))[..., None], log_mask[..., keys], first)
    return within
