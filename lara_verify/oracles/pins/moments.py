"""Pins of what first- and second-order theory is made of: moments of one draw, chi^2, b1, b2, b3, covariance, L."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from lara_estimators.problem import Problem
from lara_verify.oracles import expansion, feature_moments, first_order
from lara_verify.oracles.answer import Array
from lara_verify.oracles.pins.draws import (
    Draw,
    attention_weights,
    deviations,
    feature_draw,
    grid,
    pair_draw,
    trigonometric_draw,
)
from lara_verify.oracles.pins.inputs import PLANE_COVARIANCE, direction, problem_of, scaled
from lara_verify.oracles.pins.pin import CLOSED, RULE, Pin
from lara_verify.oracles.sampling import (
    AntitheticProposal,
    CorrelatedProposal,
    GaussianProposal,
    Sampling,
    Trigonometric,
)

Drawn = Callable[[Array, Array], Draw]


def moment_pins() -> Iterator[Pin]:
    """Every sampling in the plane against densities on a grid; the wide one in 8 dimensions against balls."""
    problem = problem_of(2, size=0.35, keys=4, mask=True)
    mu = direction(problem, 0.3)
    rule = grid(2, 0.14, 14)
    samplings: dict[str, tuple[Sampling, Drawn]] = {
        "N(0, I)": (GaussianProposal(), partial(feature_draw, rule=rule)),
        "N(mu, I)": (GaussianProposal(mu), partial(feature_draw, rule=rule, mu=mu)),
        "pairs": (AntitheticProposal(), partial(pair_draw, rule=rule)),
        "pairs about mu": (AntitheticProposal(mu), partial(pair_draw, rule=rule, mu=mu)),
        "N(mu, Sigma)": (
            CorrelatedProposal(PLANE_COVARIANCE, mu),
            partial(feature_draw, rule=rule, mu=mu, covariance=PLANE_COVARIANCE),
        ),
        "trigonometric": (Trigonometric(), partial(trigonometric_draw, rule=rule)),
    }
    for name, (sampling, drawn) in samplings.items():
        for quantity, symbols, oracle in _QUANTITIES:
            yield Pin(
                oracle,
                f"{symbols}, {name}",
                "closed form",
                "densities on a grid",
                "d=2 masked",
                RULE,
                partial(quantity, problem, sampling, drawn),
            )
    yield from _fourth_moments(problem, mu)
    wide = problem_of(8, keys=3)
    yield Pin(
        "sampling.moment",
        "E r r r, N(mu, Sigma)",
        "float64",
        "balls, 200 bits",
        "d=8",
        CLOSED,
        partial(_by_balls, wide, direction(wide, 0.4)),
    )


def _moment(order: int, problem: Problem, sampling: Sampling, drawn: Drawn) -> tuple[Array, Array]:
    x, y, _ = scaled(problem)
    found = []
    for query in x:
        draw = drawn(query, y)
        r = draw.parts / attention_weights(query, y)
        total = draw.weights[:, None] * r
        for _ in range(order - 1):
            total = total[..., None] * r.reshape(len(r), *(1,) * (total.ndim - 1), -1)
        found.append(total.sum(axis=0))
    return sampling.moment(x, y, order), np.stack(found)


def _coefficient(
    oracle: Callable[[Problem, Sampling], Array],
    of_one_draw: Callable[[Array, Array, Array], Array],
    problem: Problem,
    sampling: Sampling,
    drawn: Drawn,
) -> tuple[Array, Array]:
    """`of_one_draw` makes the quantity from weights ``(P,)``, ``N`` ``(P, e)`` and ``D - 1`` ``(P, 1)``."""
    x, y, v = scaled(problem)
    found = []
    for query in x:
        draw = drawn(query, y)
        found.append(of_one_draw(draw.weights, draw.numerator(deviations(query, y, v)), draw.normaliser[:, None] - 1))
    return oracle(problem, sampling), np.stack(found)


def _chi2(w: Array, _: Array, e: Array) -> Array:
    return np.asarray((w @ e**2)[0])


def _b1(w: Array, n: Array, e: Array) -> Array:
    return np.asarray(-w @ (n * e))


def _covariance(w: Array, n: Array, _: Array) -> Array:
    return np.asarray(np.einsum("p,pe,pf->ef", w, n, n))


def _b2(w: Array, n: Array, e: Array) -> Array:
    return np.asarray(w @ (n * e**2) - 3 * (w @ (n * e)) * (w @ e**2))


def _b3(w: Array, n: Array, e: Array) -> Array:
    """The S^-3 part of ``sum_k (-1)^k E n e^k``, by going through the partitions of the factors into draws."""
    total = np.zeros(n.shape[1])
    for k in range(2, 6):  # n e has one block at most: S^-1 alone
        for blocks in _partitions(k):
            falling = np.poly1d([1.0])
            for i in range(len(blocks)):
                falling = falling * np.poly1d([1.0, -i])
            power = k - 2  # S^-3 of falling(S) / S^(k + 1)
            if power <= len(blocks):
                rest = np.prod([w @ e[:, 0] ** size for size in blocks[1:]])
                total += (-1) ** k * falling[power] * rest * (w @ (n * e ** (blocks[0] - 1)))
    return total


def _partitions(k: int) -> Iterator[list[int]]:
    """Sizes of blocks of two or more, that of ``n`` first, over all partitions of ``n`` and k factors ``e``."""

    def grown(blocks: list[int], left: int) -> Iterator[list[int]]:
        if left == 0:
            yield blocks
            return
        for i in range(len(blocks)):
            yield from grown([size + (i == j) for j, size in enumerate(blocks)], left - 1)
        yield from grown([*blocks, 1], left - 1)

    return (blocks for blocks in grown([1], k) if min(blocks) > 1)


_QUANTITIES: tuple[tuple[Callable[..., tuple[Array, Array]], str, str], ...] = (
    (partial(_moment, 2), "G = E r r", "sampling.moment"),
    (partial(_moment, 3), "E r r r", "sampling.moment"),
    (partial(_coefficient, first_order.chi_squared, _chi2), "chi^2", "first_order.chi_squared"),
    (partial(_coefficient, first_order.first_order_bias, _b1), "b1", "first_order.first_order_bias"),
    (
        partial(_coefficient, first_order.first_order_covariance, _covariance),
        "S cov",
        "first_order.first_order_covariance",
    ),
    (partial(_coefficient, first_order.second_order_bias, _b2), "b2", "first_order.second_order_bias"),
    (
        partial(_coefficient, lambda problem, sampling: expansion.bias_expansion(problem, sampling).third, _b3),
        "b3",
        "expansion.bias_expansion",
    ),
)


def _fourth_moments(problem: Problem, mu: Array) -> Iterator[Pin]:
    def fourth(of: str, proposal: GaussianProposal) -> tuple[Array, Array]:
        moments = (feature_moments.normaliser_moments if of == "D" else feature_moments.numerator_moments)(
            problem, proposal
        )
        drawn = partial(feature_draw, rule=grid(2, 0.14, 14), mu=proposal.mu)

        def power(w: Array, n: Array, e: Array) -> Array:
            return np.asarray((w @ e**4)[0] if of == "D" else w @ n**4)

        return _coefficient(lambda *_: moments.fourth, power, problem, proposal, drawn)

    for of, function in (("D", "normaliser_moments"), ("N", "numerator_moments")):
        yield Pin(
            f"feature_moments.{function}",
            f"4th of {of}, N(mu, I)",
            "sum over multisets",
            "densities on a grid",
            "d=2 masked",
            RULE,
            partial(fourth, of, GaussianProposal(mu)),
        )


def _by_balls(problem: Problem, mu: Array) -> tuple[Array, Array]:
    """``E r_m r_l r_k`` as one Gaussian integral ``exp(c + b' H^-1 b / 2) sqrt(det)`` in 200-bit balls."""
    from flint import arb, arb_mat, ctx

    x, y, _ = scaled(problem)
    d = problem.dim
    tilt = np.linspace(-1, 1, d)
    covariance = np.diag(np.linspace(1.05, 1.4, d)) + 0.02 * np.outer(tilt, tilt)
    bits, ctx.prec = ctx.prec, 200
    try:
        sigma = arb_mat(d, d, covariance.ravel().tolist())
        inverse = sigma.inv()
        h = arb_mat(d, d, (3 * np.eye(d)).ravel().tolist()) - 2 * inverse
        log_det = (sigma.det() ** 2 / (sigma.det() ** 0 * h.det())).log() / 2
        m = arb_mat(d, 1, mu.tolist())
        found = np.zeros((len(x), *(len(y),) * 3))
        for n in range(len(x)):
            for index in np.ndindex(*(len(y),) * 3):
                z = [arb_mat(d, 1, [arb(a) + arb(b) for a, b in zip(x[n], y[k], strict=True)]) for k in index]
                b = z[0] + z[1] + z[2] - 2 * inverse * m
                c = (m.transpose() * inverse * m)[0, 0] - sum((w.transpose() * w)[0, 0] for w in z) / 2
                exponent = c + (b.transpose() * h.inv() * b)[0, 0] / 2 + log_det
                found[n][index] = float(exponent.exp().mid())
    finally:
        ctx.prec = bits
    return CorrelatedProposal(covariance, mu).moment(x, y, 3), found
