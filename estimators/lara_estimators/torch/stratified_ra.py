"""Randomized attention with draws in every chunk of keys."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from lara_estimators.claim import Claim, ClaimName
from lara_estimators.estimate import Estimate
from lara_estimators.noise import MixtureNoise
from lara_estimators.problem import Problem
from lara_estimators.torch.chunks import Group, Occupied, groups_of, occupied
from lara_estimators.torch.component import cumulative, invert, replicates_first
from lara_estimators.torch.functional import value_of
from lara_estimators.torch.mixture import LOG2_E, half_square, posterior
from lara_estimators.torch.pieces import asks_gradient, by_queries, in_pieces
from lara_estimators.torch.scores import centred_inputs, refuse_causal
from lara_estimators.torch.tensors import Inputs, check_n_samples, check_shape, on_device_of, rows_of

REASON = "chunks of keys that a query sees in part are not built"


@dataclass(frozen=True, slots=True)
class StratifiedRA:
    r"""Randomized attention stratified by chunks of keys: a fixed number of draws in each, weighted by its mass.

    Definition: ``value = sum_c (Z_c / Z) (1/S) sum_s f_c(x + y_{m_cs} + z_cs)``, where chunk c holds contiguous keys
    (as ``numpy.array_split`` cuts them, longer chunks first), ``Z_c = sum_{m in c} exp(x . y_m)`` and f_c is softmax
    attention of w over the chunk's keys. Chunks of one size are worked on at once. Keys are centred, which changes
    nothing but rounding. A chunk with no key that takes part has weight 0, its component is its first key.

    Law of the noise: ``m_cs ~ softmax(x . y)`` restricted to chunk c and ``z_cs ~ N(0, I)``, independent, *per query*.

    Claim: E value = A(x) at every S; in the hull; variance falls as 1/S. With one key a chunk it is exact softmax, with
    one chunk it is ``RA``. Cost N M S.

    Proof: by the proof of ``RA`` for the chunk's keys, E f_c(w_cs) = A_c(x) = sum_{m in c} exp(x . y_m) v_m / Z_c, and
    ``sum_c (Z_c / Z) A_c = A``. Each f_c is a convex combination of values, and the Z_c / Z sum to one.

    Gradient: the derivative on fixed noise, pathwise; of the mean it misses what ``RA`` says, within each chunk.

    Source: our own; Zheng, Wang, Kong 2022, arXiv:2204.04667, section 3, for one chunk.

    Shapes: noise ``component`` ``(*R, *B, N, C, S)``, indices of all keys, and ``normals`` ``(*R, *B, N, C, S, d)``;
    ``value`` ``(*R, *B, N, e)``; ``log_weights`` = log(Z_c / Z) - log S ``(*R, *B, N, C S)``.

    Parameters
    ----------
    n_samples
        C S, the number of draws that a query averages.
    n_chunks
        C.

    Raises
    ------
    ValueError
        If a field is not an int of at least 1, `n_samples` is not a multiple of `n_chunks`, there are fewer keys than
        chunks, the problem is causal, or noise has another shape than said above.

    Examples
    --------
    >>> problem = Problem(torch.zeros(1, 3), torch.eye(3), torch.tensor([[1.0], [2.0], [6.0]]))
    >>> stratified = StratifiedRA(n_samples=3, n_chunks=3)
    >>> round(stratified(problem, stratified.draw(problem)).value.item(), 5)  # one key a chunk: exact softmax
    3.0
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

    def draw(
        self, problem: Problem, generator: torch.Generator | None = None, replicates: tuple[int, ...] = ()
    ) -> MixtureNoise:
        """Draw component and normals on the device of the problem, a set a chunk, query, replicate and batch item."""
        read, groups, seen = self._read(problem)
        batch, n_draws = problem.batch_shape, self.n_samples // self.n_chunks
        n_uniforms = math.prod(replicates) * n_draws

        def piece(rows: slice) -> tuple[Tensor]:
            logits = _scores(read, seen, rows)
            logits = logits.expand(*batch, *logits.shape[-2:])
            shape = (*logits.shape[:-1], self.n_chunks, n_uniforms)
            uniforms = torch.rand(shape, generator=generator, dtype=logits.dtype, device=logits.device)
            return (torch.cat([_draw_within(group, logits, uniforms, seen) for group in groups], dim=-2).flatten(-2),)

        with torch.no_grad():
            entries = math.prod(batch) * (problem.n_keys + self.n_chunks * n_uniforms)
            device = read.k.device
            (component,) = by_queries(piece, problem.n_queries, entries, device=device, differentiable=False)
            component = replicates_first(component.unflatten(-1, (self.n_chunks, n_uniforms)), replicates, n_draws)
        shape = (*component.shape, problem.dim)
        return MixtureNoise(component, torch.randn(shape, generator=generator, dtype=read.k.dtype, device=device))

    def __call__(self, problem: Problem, noise: MixtureNoise) -> Estimate:
        """Return the estimate for every query."""
        read, groups, seen = self._read(problem)
        batch, n_draws = problem.batch_shape, self.n_samples // self.n_chunks
        component = on_device_of(problem, noise.component)
        normals = on_device_of(problem, noise.normals, read)
        replicates = check_shape("component", component, batch, (problem.n_queries, self.n_chunks, n_draws))
        check_shape("normals", normals, (*replicates, *component.shape[len(replicates) :]), (problem.dim,))
        n_replicates = math.prod(replicates)
        component = component.reshape(n_replicates, *batch, problem.n_queries, self.n_samples)
        normals = normals.reshape(*component.shape, problem.dim)
        x, y = read.q * read.root_scale, read.k * read.root_scale
        columns, bias = y * LOG2_E, half_square(y, None) * LOG2_E
        bias = bias if seen is None else bias.masked_fill(seen.hidden, -torch.inf)
        differentiable = asks_gradient(read.q, read.k, read.v, normals)

        def log_masses(rows: slice) -> tuple[Tensor]:
            return (_log_masses(groups, _scores(read, seen, rows), seen),)

        entries = math.prod(batch) * problem.n_keys
        (log_mass,) = by_queries(log_masses, problem.n_queries, entries, device=y.device, differentiable=differentiable)
        log_share = torch.log_softmax(log_mass, dim=-1)

        def piece(reps: slice, rows: slice) -> tuple[Tensor]:
            w = rows_of(y, batch, component[reps, ..., rows, :]) + x[..., rows, :].unsqueeze(-2)
            w += normals[reps, ..., rows, :, :]
            w = w.unflatten(-2, (self.n_chunks, n_draws)).transpose(-3, -4)
            share = log_share[..., rows, :].exp()
            parts = [_weighted_mean(group, w, columns, bias, share, read.v) for group in groups]
            return (parts[0] if len(parts) == 1 else parts[0] + parts[1],)

        entries = math.prod(batch) * n_draws * max(problem.n_keys, self.n_chunks * problem.dim)
        (value,) = in_pieces(
            piece, n_replicates, problem.n_queries, entries, device=y.device, differentiable=differentiable
        )
        value = value.reshape(*replicates, *value.shape[1:])
        log_weights = (log_share - math.log(n_draws)).repeat_interleave(n_draws, dim=-1)
        leading = (*replicates, *batch, problem.n_queries)
        return Estimate(value.to(read.dtype), None, log_weights.expand(*leading, self.n_samples))

    def _read(self, problem: Problem) -> tuple[Inputs, tuple[Group, ...], Occupied | None]:
        refuse_causal(problem, self.name, REASON)
        groups = groups_of(problem.n_keys, self.n_chunks)
        return centred_inputs(problem), groups, occupied(problem.key_mask, groups)


def _scores(read: Inputs, seen: Occupied | None, rows: slice) -> Tensor:
    """``x . y``, minus infinity for hidden keys: ``(*B, n, M)``."""
    logits = (read.q[..., rows, :] * read.root_scale**2) @ read.k.transpose(-1, -2)
    return logits if seen is None else logits.masked_fill(seen.hidden.unsqueeze(-2), -torch.inf)


def _draw_within(group: Group, logits: Tensor, uniforms: Tensor, seen: Occupied | None) -> Tensor:
    """Keys of the group's chunks, ``(*B, n, C_g, L)``, from uniforms ``(*B, n, C, L)``."""
    below = cumulative(torch.softmax(group.of_keys(logits, -1), dim=-1))
    drawn = invert(below, group.of_chunks(uniforms, -2).contiguous()).long()
    if seen is not None:
        drawn = drawn.masked_fill(group.of_chunks(seen.empty, -1)[..., None, :, None], 0)
    first = torch.arange(group.n_chunks, device=drawn.device).mul_(group.size).add_(group.first_key)
    return drawn + first.unsqueeze(-1)


def _log_masses(groups: tuple[Group, ...], logits: Tensor, seen: Occupied | None) -> Tensor:
    """``log Z_c``, minus infinity for an empty chunk: ``(*B, n, C)``."""
    log_mass = torch.cat([torch.logsumexp(group.of_keys(logits, -1), dim=-1) for group in groups], dim=-1)
    return log_mass if seen is None else log_mass.masked_fill(seen.empty.unsqueeze(-2), -torch.inf)


def _weighted_mean(group: Group, w: Tensor, y: Tensor, bias: Tensor, share: Tensor, v: Tensor) -> Tensor:
    """``sum_c share_c mean_s f_c(w_cs)`` over chunks of the group: w ``(*R, *B, C, n, S, d)``, share ``(*B, n, C)``."""
    w, y, bias = group.of_chunks(w, -4), group.of_keys(y, -2), group.of_keys(bias, -1)
    weights = posterior(w, y, bias).mean_weights()
    weights = weights * group.of_chunks(share, -1).transpose(-1, -2).unsqueeze(-1)
    return (weights @ group.of_keys(v, -2)).sum(-3)


def stratified_ra(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    n_samples: int,
    n_chunks: int = 1,
    generator: torch.Generator | None = None,
    scale: float | None = None,
    key_mask: Tensor | None = None,
    causal: bool = False,
) -> Tensor:
    """Stratified randomized attention ``(*B, N, e)``; torch's default generator if None is given; refuses causal."""
    return value_of(StratifiedRA(n_samples, n_chunks), q, k, v, generator, scale, key_mask, causal)
