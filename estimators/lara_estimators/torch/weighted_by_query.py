"""Attention through draws whose weights do not factor into a part of the draw and a part of the query."""

import torch

from lara_estimators.torch.attend import queries_to_draws
from lara_estimators.torch.proposals import Proposals
from lara_estimators.torch.through_draws import Through, drawn_values
from lara_estimators.torch.weightings import AtDraws, PerQuery


def weighted_by_query(weighting: PerQuery, proposals: Proposals, at: AtDraws) -> Through:
    """Evaluate alpha for every query and draw, ``(R, G, N, L)`` numbers; where it is negative, logarithms are complex.

    A draw of a dropped proposal weighs nothing: its alpha is 1, a number whose gradient is finite.
    """
    read, (own, total, kept) = proposals.read, (at.own, at.total, at.kept)
    x = read.q.to(read.compute) * read.root_scale
    assert proposals.x_bar is not None, "LARA asks for it when made"
    t = torch.softmax(x @ proposals.x_bar.mT, dim=-2)
    if kept is None:
        excess = t - t.mean(-1, keepdim=True)
    else:
        t = t.masked_fill(~kept.unsqueeze(-2), 0)
        excess = t - t.sum(-1, keepdim=True) / kept.sum(-1)[..., None, None]
    alpha = weighting.alpha((own - total).exp().unsqueeze(-2), at.of_draws(excess))

    f, log_mixture = drawn_values(read, at.w, proposals.centre)
    bias = log_mixture - own
    weightless = alpha == 0
    if kept is not None:
        dropped = ~at.of_draws(kept)
        bias = bias.masked_fill(dropped, -torch.inf)
        weightless = weightless | dropped.unsqueeze(-2)
    log_absolute = alpha.abs().masked_fill(weightless, 1).log().masked_fill(alpha == 0, -torch.inf)
    logits = read.q.to(read.compute) @ at.w.mT + bias.unsqueeze(-2) + log_absolute
    value, _, log_sum = queries_to_draws(logits, f, None if weighting.positive else alpha.sign())
    return Through(value.to(read.q.dtype), log_sum)
