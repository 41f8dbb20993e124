r"""What the gradients of RA average to, exactly: ``python -m lara_studies.ra_gradient``.

Question: is the mean of RA's gradient on fixed noise the gradient of its mean, softmax attention? For the values yes;
for queries and keys no, as the drawn component depends on them. How much is missing, and what does the gradient that
misses nothing cost in variance?

Method: no Monte Carlo. The twin's own gradient (torch autograd, one draw) is evaluated at every component and every
node of a Gauss-Hermite rule for the normals, and averaged with their probabilities: mean and variance of the gradient
as code computes it. The rule is doubled until both are stable. Truth is the closed form
``dA = Cov_pi(v, d(x . y_m)) + sum_m pi_m dv_m``.

Law: with posterior ``p_m(w)`` of the component given the draw, the pathwise gradient along the query averages to
``E Cov(v, y | w)``, and by the law of total covariance it misses ``Cov(E[v | w], E[y | w])``: all where a draw tells
its component (keys far apart, seen by the unit noise), little where it does not.
"""

import sys
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lara_estimators import MixtureNoise, Problem
from lara_verify.oracles.quadrature import gauss_hermite

Array = NDArray[np.float64]

SIZES = (0.25, 0.5, 1.0, 2.0, 4.0)
GRADIENTS = ("pathwise", "unbiased")
_NODES = {1: (32, 2048), 2: (16, 256), 3: (8, 64)}
_STABLE = 1e-9
_COARSER = 1e-3
_ITEMS = 1 << 15


class Law(NamedTuple):
    """Mean and standard deviation of one draw's gradient, as shares of the exact gradient's norm; each for q, k, v.

    Attributes
    ----------
    bias
        ``|E gradient - grad A| / |grad A|``.
    deviation
        ``sqrt(E |gradient - E gradient|^2) / |grad A|``; S draws have it divided by ``sqrt(S)``.
    moved
        How far the bias moved when the rule was last doubled; a relative move of the deviation counts a thousandth.
    """

    bias: Array
    deviation: Array
    moved: float

    @property
    def crossing(self) -> Array:
        """Number of draws from which on bias is the larger part of the error."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray((self.deviation / self.bias) ** 2)


def one_query(dim: int, size: float, seed: int = 0) -> Problem:
    """One query of size 1/size, five keys of this size and a value coordinate: logits are the same at every size."""
    rng = np.random.Generator(np.random.SFC64([seed, dim]))
    q, k, v = rng.standard_normal((1, dim)), rng.standard_normal((5, dim)), rng.standard_normal((5, 1))
    return Problem(q / size, size * k, v, 1.0)


def exact_gradient(problem: Problem) -> tuple[Array, Array, Array]:
    """Gradient of softmax attention of the one query, for q, k and v."""
    scale = problem.scale
    logits = scale * problem.k @ problem.q[0]
    pi = np.exp(logits - logits.max())
    pi /= pi.sum()
    pull = (pi * (problem.v[:, 0] - pi @ problem.v[:, 0]))[:, None]  # dA / d logit_m
    return scale * np.sum(pull * problem.k, axis=0, keepdims=True), scale * pull * problem.q, pi[:, None]


def gradient_law(problem: Problem, gradient: str) -> Law:
    """Mean and deviation of the twin's gradient over its law, refined until stable.

    Parameters
    ----------
    problem
        One query, one value coordinate, dimension 1 to 3.
    gradient
        The twin's field of this name.
    """
    n_nodes, most = _NODES[problem.dim]
    law = _at_nodes(problem, gradient, n_nodes)
    while law.moved > _STABLE and n_nodes < most:
        n_nodes *= 2
        before, law = law, _at_nodes(problem, gradient, n_nodes)
        deviation = np.abs(law.deviation - before.deviation) / (1 + law.deviation)
        law = law._replace(moved=float(max(np.abs(law.bias - before.bias).max(), _COARSER * deviation.max())))
    return law


def _at_nodes(problem: Problem, gradient: str, n_nodes: int) -> Law:
    rule = gauss_hermite(problem.dim, n_nodes)
    logits = problem.scale * problem.k @ problem.q[0]
    pi = np.exp(logits - logits.max())
    component = np.repeat(np.arange(problem.n_keys), len(rule.weights))
    normals = np.tile(rule.nodes, (problem.n_keys, 1))
    weights = np.repeat(pi / pi.sum(), len(rule.weights)) * np.tile(rule.weights, problem.n_keys)
    truth = exact_gradient(problem)
    first = [np.zeros_like(part) for part in truth]
    second = [np.zeros_like(part) for part in truth]
    for start in range(0, len(weights), _ITEMS):
        part = slice(start, start + _ITEMS)
        for i, gradients in enumerate(_gradients(problem, gradient, component[part], normals[part])):
            apart = gradients - truth[i]
            first[i] += np.tensordot(weights[part], apart, axes=(0, 0))
            second[i] += np.tensordot(weights[part], apart**2, axes=(0, 0))
    size = [np.linalg.norm(part) for part in truth]
    bias = [np.linalg.norm(a) / b for a, b in zip(first, size, strict=True)]
    variance = [np.sum(b - a**2) / c**2 for a, b, c in zip(first, second, size, strict=True)]
    return Law(np.array(bias), np.sqrt(np.maximum(variance, 0.0)), np.inf)


def _gradients(problem: Problem, gradient: str, component: Any, normals: Array) -> list[Array]:
    """The twin's gradients for q, k and v, a batch item a draw."""
    import torch

    from lara_estimators.torch import RA

    q, k, v = (
        torch.tensor(np.broadcast_to(array, (len(component), *array.shape)).copy(), requires_grad=True)
        for array in (problem.q, problem.k, problem.v)
    )
    noise = MixtureNoise(component[:, None, None], normals[:, None, None, :])
    value = RA(1, gradient=gradient)(Problem(q, k, v, problem.scale), noise).value
    return [part.numpy() for part in torch.autograd.grad(value.sum(), (q, k, v))]


def table(dims: tuple[int, ...] = (1, 2), sizes: tuple[float, ...] = SIZES) -> str:
    """Lines of the table that the command prints."""
    lines = [
        "RA's gradient with one draw, as shares of |grad A|. bias: |E gradient - grad A|; sd: root of the total",
        "variance, 1/sqrt(S) of it with S draws; S*: number of draws from which on the pathwise bias exceeds the sd.",
        "size: of the keys; the query has 1/size, so that logits stay and only the distance of the keys grows.",
        "",
        f"{'':12}{'pathwise':^60}{'unbiased':^42}",
        f"{'d':>2}{'size':>6}    " + "".join(f"{name:>9}" for name in ("bias q", "bias k", "bias v", "sd q", "sd k"))
        + f"{'S* q':>8}{'S* k':>8} " + "".join(f"{name:>8}" for name in ("bias q", "bias k", "bias v", "sd q", "sd k")),
    ]  # fmt: skip
    for dim in dims:
        for size in sizes:
            pathwise, unbiased = (gradient_law(one_query(dim, size), gradient) for gradient in GRADIENTS)
            crossing = "".join(f"{np.ceil(number):8.0f}" for number in pathwise.crossing[:2])
            lines.append(
                f"{dim:>2}{size:6.2f}    "
                + "".join(f"{number:9.1e}" for number in pathwise.bias)
                + "".join(f"{number:9.2f}" for number in pathwise.deviation[:2])
                + f"{crossing} "
                + "".join(f"{number:8.0e}" for number in unbiased.bias)
                + "".join(f"{number:8.2f}" for number in unbiased.deviation[:2])
            )
    return "\n".join(lines)


def main() -> int:
    """Print the table."""
    print(table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
