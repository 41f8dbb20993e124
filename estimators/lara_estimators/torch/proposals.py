"""The means of LARA's proposals, from landmarks or given."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from lara_estimators.given import GivenLandmarks
from lara_estimators.problem import Problem
from lara_estimators.torch.landmarks import centre_of, check_fits, landmarks, segment_means
from lara_estimators.torch.tensors import Items, items

NAMES = ("plain", "mixed", "value-mixed")


class Proposals(NamedTuple):
    """Means ``mu`` and landmarks of queries ``x_bar`` ``(G, C, d)``, scaled; what else the formulas go on with.

    ``mu`` is that of keys less the ``centre`` ``(G, 1, d)``, unscaled, a constant to autograd; None is 0. ``kept``
    ``(G, C)`` is None where all are. ``read`` is the problem: gradients of the means pass through it.
    """

    mu: Tensor
    x_bar: Tensor | None
    kept: Tensor | None
    centre: Tensor | None
    read: Items


def check_proposals(proposals: object) -> None:
    """Refuse what is neither a name nor given."""
    if not isinstance(proposals, GivenLandmarks) and proposals not in NAMES:
        raise ValueError(f"proposals is {proposals!r}; expected {', '.join(NAMES)} or GivenLandmarks")


def symmetries_of(proposals: str | GivenLandmarks) -> str:
    """What leaves LARA unchanged with these proposals, as a clause."""
    if isinstance(proposals, GivenLandmarks):
        return "permutations of keys or queries; affine maps of values"
    return {
        "plain": "common shift of keys; affine maps of values",
        "mixed": "affine maps of values",
        "value-mixed": "multiples of values",
    }[proposals]


def check_number(proposals: str | GivenLandmarks, n_proposals: int, problem: Problem) -> None:
    """Refuse a number of proposals that the problem, or what is given, does not have."""
    if not isinstance(proposals, GivenLandmarks):
        check_fits(n_proposals, problem)
        return
    for name in ("mu", "x_bar"):
        given = getattr(proposals, name)
        tail = (n_proposals, problem.dim)
        if given is not None and tuple(given.shape[-2:]) != tail:
            raise ValueError(
                f"proposals.{name} has shape {tuple(given.shape)}; expected (*batch, {n_proposals}, {problem.dim}), "
                "one row a proposal"
            )


def proposals_of(proposals: str | GivenLandmarks, n_proposals: int, problem: Problem, *, with_x_bar: bool) -> Proposals:
    """Make the proposals of a problem; landmarks of queries are only kept where a weighting reads them."""
    read = items(problem)
    if isinstance(proposals, GivenLandmarks):
        x_bar = None if proposals.x_bar is None else _given(proposals.x_bar, problem, read)
        centre = centre_of(read)  # taken off keys and means alike, which changes nothing but rounding
        return Proposals(_given(proposals.mu, problem, read) - centre * read.root_scale, x_bar, None, centre, read)
    marks = landmarks(read, n_proposals, centre_of(read))
    x_bar, y_bar = marks.q_bar * read.root_scale, marks.k_bar * read.root_scale
    read = marks.read
    if proposals != "plain":
        weights = None
        if proposals == "value-mixed":
            v, v_bar = segment_means(read.v, n_proposals, read.compute, None, read.key_mask)
            read, weights = read._replace(v=v), v_bar
        y_bar = mixed(y_bar, marks.centre * read.root_scale, marks.kept, weights)
    return Proposals(x_bar + y_bar, x_bar if with_x_bar else None, marks.kept, marks.centre, read)


def mixed(y_bar: Tensor, centre: Tensor, kept: Tensor | None, v_bar: Tensor | None) -> Tensor:
    r"""Replace every landmark by ``sum_c' softmax_c'((y_bar_c + centre) . (y_bar_c' + centre)) y_bar_c'``.

    What does not depend on c' is left out of the logits, so that these are not rounded at the size of the centre. With
    `v_bar`, the means of segments of values, ``log |v_bar_c'|`` is added; if all are 0, nothing.
    """
    logits = (y_bar + centre) @ y_bar.mT
    if kept is not None:
        logits = logits.masked_fill(~kept.unsqueeze(-2), -torch.inf)
    if v_bar is not None:
        norms = torch.linalg.vector_norm(v_bar, dim=-1).unsqueeze(-2)
        positive = norms > 0
        if kept is not None:
            positive = positive & kept.unsqueeze(-2)
        log_norms = torch.where(positive, norms, 1).log().masked_fill(~positive, -torch.inf)
        logits = logits + torch.where(positive.any(-1, keepdim=True), log_norms, 0)
    return torch.softmax(logits, dim=-1) @ y_bar


def _given(array: Any, problem: Problem, read: Items) -> Tensor:
    tensor = torch.as_tensor(array, device=problem.q.device).to(read.compute)
    return tensor.expand(*problem.batch_shape, *tensor.shape[-2:]).reshape(-1, *tensor.shape[-2:])
