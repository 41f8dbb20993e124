"""Means of LARA's proposals, in balls."""

from typing import NamedTuple

from lara_estimators.given import GivenLandmarks
from lara_verify.oracles.balls.dual import Scalar, value_of
from lara_verify.oracles.balls.item import Item, Row, exact
from lara_verify.oracles.balls.segments import segments
from lara_verify.oracles.balls.sums import add, average, dot, mean, norm


class Proposal(NamedTuple):
    """A proposal that is kept: its number among all, its mean, and the mean of its queries (None if not given)."""

    number: int
    mu: Row
    x_bar: Row | None


def proposals(item: Item, n_proposals: int, kind: str | GivenLandmarks) -> list[Proposal]:
    """Return the proposals that are kept: all given ones, or those whose segment has a key that takes part."""
    if isinstance(kind, GivenLandmarks):
        mus = exact(item.of_given(kind.mu, 2))
        x_bars = [None] * len(mus) if kind.x_bar is None else exact(item.of_given(kind.x_bar, 2))
        return [Proposal(c, mu, x_bar) for c, (mu, x_bar) in enumerate(zip(mus, x_bars, strict=True))]
    cut = zip(segments(len(item.x), n_proposals), segments(len(item.y), n_proposals), strict=True)
    parts = [(c, queries, [m for m in keys if m in item.kept]) for c, (queries, keys) in enumerate(cut)]
    parts = [part for part in parts if part[2]]
    means = [mean([item.x[n] for n in queries]) for _, queries, _ in parts]
    y_bars = [mean([item.y[m] for m in keys]) for _, _, keys in parts]
    if kind == "value-mixed":
        sizes = [norm(mean([item.v[m] for m in keys])) for _, _, keys in parts]
        y_bars = _mixed(y_bars, None if all(value_of(size).is_zero() for size in sizes) else sizes)
    elif kind == "mixed":
        y_bars = _mixed(y_bars, None)
    elif kind != "plain":
        raise ValueError(f"proposals is {kind!r}; expected plain, mixed, value-mixed or GivenLandmarks")
    return [Proposal(c, add(x_bar, y_bar), x_bar) for (c, _, _), x_bar, y_bar in zip(parts, means, y_bars, strict=True)]


def _mixed(y_bars: list[Row], sizes: list[Scalar] | None) -> list[Row]:
    """Replace each by ``sum_c' softmax_c'(y_bar_c . y_bar_c' + log size_c') y_bar_c'``."""
    sizes = [1] * len(y_bars) if sizes is None else sizes
    return [
        average([dot(own, other).exp() * size for other, size in zip(y_bars, sizes, strict=True)], y_bars)
        for own in y_bars
    ]
