"""Gradients of the torch twins against exact derivatives, for every estimator and option, on the golden problems.

Limit. A gradient is a sum of products of weights exp(a), values, and derivatives of exponents. float64 has an exponent
to ``c u E``: u = 2^-53, E the largest sum of squares ``|x|^2 + |y|^2 + |w|^2`` that enters it, c a small number of
roundings (d + 8 of a dot product, and as many of the backward pass). So each weight is off by that share, and each
entry by the same share of the absolute terms it adds up. Those terms are bounded by G, the cotangents' absolute sum
times the range of the values times the largest derivative of an exponent (``scale^.5 (|x| + |y| + |w|)``), times the
sum of a query's absolute weights: 1 where they are normalised and not signed. Asked is ``|error| <= 64 u (8 + E) G``.
"""

import numpy as np
import pytest

from lara_estimators import NoNoise, Problem
from lara_verify.oracles.balls import Direction, ball_derivative, ball_value, formula_of
from lara_verify.oracles.balls.digits import answer
from lara_verify.oracles.balls.vector_cases import cases

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

CASES = list(cases())
LABELS = sorted({case.name.rsplit("/", 1)[0] for case in CASES})
SIGNED = ("TrigonometricRFA", "LARA/query")
CANCELLATION = 100.0  # of signed normalisers: sum of absolute weights over their sum, at most, on these problems
UNIT = 2.0**-53


def twin_gradients(case, cotangent):
    """Gradients of ``sum(cotangent * value)``; 0 for what the value does not depend on."""
    of = case.problem
    leaves = [torch.tensor(array, requires_grad=True) for array in (of.q, of.k, of.v)]
    mask = None if of.key_mask is None else torch.tensor(of.key_mask)
    twin = getattr(twins, case.estimator)(**case.options)
    value = twin(Problem(*leaves, of.scale, mask, of.causal), case.noise).value
    gradients = torch.autograd.grad((value * torch.tensor(cotangent)).sum(), leaves, allow_unused=True)
    return [np.zeros(leaf.shape) if g is None else g.numpy() for g, leaf in zip(gradients, leaves, strict=True)]


def exact_derivative(case, cotangent, direction):
    balls = ball_derivative(case.problem, formula_of(case.estimator, **case.options), case.noise, direction)
    return float(np.sum(cotangent * answer(balls).value))


def limit(case, cotangent):
    """``64 u (8 + E) G``, for a direction whose entries are at most 1 in size, an entry."""
    of = case.problem
    mask = np.ones(of.n_keys, bool) if of.key_mask is None else of.key_mask
    root = np.sqrt(of.scale)
    rows = np.broadcast_to(mask, (*of.k.shape[:-2], of.n_keys))
    norms = [root * np.linalg.norm(of.q, axis=-1).max(), root * np.linalg.norm(of.k[rows], axis=-1).max()]
    normals = [] if isinstance(case.noise, NoNoise) else [part for part in case.noise if part.dtype == np.float64]
    norms.append(sum(norms) + max((np.linalg.norm(part, axis=-1).max() for part in normals), default=0.0))
    span = np.ptp(of.v) + np.abs(of.v).max()
    size = np.abs(cotangent).sum() * span * max(1.0, root * sum(norms))
    worse = CANCELLATION if case.name.startswith(SIGNED) else mass(case)
    return 64 * UNIT * (8 + sum(norm**2 for norm in norms)) * size * worse


def mass(case):
    """Largest sum of the weights of a query: 1, but for `importance`, whose weights do not sum to one."""
    if case.estimator != "Importance":
        return 1.0
    of = case.problem
    ones = Problem(of.q, of.k, np.ones_like(of.v), of.scale, of.key_mask, of.causal)
    return float(answer(ball_value(ones, formula_of("Importance"), case.noise)).value.max())


def cotangent_of(case, rng):
    shape = (*case.problem.batch_shape, case.problem.n_queries, case.problem.value_dim)
    replicates = ()
    formula = formula_of(case.estimator, **case.options)
    if formula.noise_axes:
        n_own = formula.noise_axes[0] + len(case.problem.batch_shape)
        replicates = case.noise[0].shape[: case.noise[0].ndim - n_own]
    return rng.standard_normal((*replicates, *shape))


@pytest.mark.usefixtures("twin_sizes")
@pytest.mark.parametrize("label", LABELS)
def test_gradient_is_the_exact_derivative_along_a_direction(label, rng):
    """Masks, batch, causal, logits of 30, keys 100 from the origin, equal keys, d = 1."""
    for case in (case for case in CASES if case.name.rsplit("/", 1)[0] == label):
        cotangent = cotangent_of(case, rng)
        direction = Direction(*(rng.uniform(-1, 1, a.shape) for a in (case.problem.q, case.problem.k, case.problem.v)))
        gradients = twin_gradients(case, cotangent)
        ours = sum(float(np.sum(a * b)) for a, b in zip(gradients, direction, strict=True))
        n_entries = sum(part.size for part in direction)
        distance = abs(ours - exact_derivative(case, cotangent, direction))
        assert distance <= n_entries * limit(case, cotangent), f"{case.name}: off by {distance:.3g}"


@pytest.mark.parametrize("label", LABELS)
def test_gradient_is_the_exact_derivative_entry_by_entry(label, rng):
    (case,) = (case for case in CASES if case.name == f"{label}/plain")
    cotangent = cotangent_of(case, rng)
    gradients = twin_gradients(case, cotangent)
    still = [np.zeros(gradient.shape) for gradient in gradients]
    for i, gradient in enumerate(gradients):
        for at in np.ndindex(gradient.shape):
            direction = Direction(*(part.copy() for part in still))
            direction[i][at] = 1.0
            distance = abs(gradient[at] - exact_derivative(case, cotangent, direction))
            assert distance <= limit(case, cotangent), f"{case.name}, {'qkv'[i]}{list(at)}: off by {distance:.3g}"


@pytest.mark.parametrize("label", LABELS)
def test_gradcheck(label):
    """torch's own: differences of the twin itself, on a problem with a mask."""
    (case,) = (case for case in CASES if case.name == f"{label}/masked")
    twin, of = getattr(twins, case.estimator)(**case.options), case.problem
    leaves = [torch.tensor(array, requires_grad=True) for array in (of.q, of.k, of.v)]
    mask = torch.tensor(of.key_mask)
    assert torch.autograd.gradcheck(lambda q, k, v: twin(Problem(q, k, v, of.scale, mask), case.noise).value, leaves)


def test_a_gradient_that_misses_a_path_is_far_outside_the_limit(rng):
    """The judge: the spread of `isotropic` held fixed, and the landmarks of LARA, move the derivative by far more."""
    from lara_estimators import GivenLandmarks, GivenProposal
    from lara_verify.oracles.balls.gaussian_proposals import variances
    from lara_verify.oracles.balls.item import items
    from lara_verify.oracles.balls.landmarks import proposals

    named = {case.name: case for case in CASES}
    fitted = named["RFA/isotropic/plain"]
    (item,) = items(fitted.problem)
    spread = float(variances(item, "isotropic")[0])
    held = {"RFA/isotropic/plain": GivenProposal(covariance=spread * np.eye(2))}
    (item,) = items(named["LARA/plain"].problem)
    mu = np.array([[float(entry) for entry in proposal.mu] for proposal in proposals(item, 2, "plain")])
    held["LARA/plain"] = GivenLandmarks(mu)
    for name, given in held.items():
        case = named[name]
        field = "proposal" if case.estimator == "RFA" else "proposals"
        cotangent = cotangent_of(case, rng)
        direction = Direction(*(rng.uniform(-1, 1, a.shape) for a in (case.problem.q, case.problem.k, case.problem.v)))
        whole = exact_derivative(case, cotangent, direction)
        without = type(case)(name, case.estimator, {**case.options, field: given}, case.problem, case.noise)
        distance = abs(whole - exact_derivative(without, cotangent, direction))
        assert distance > 1e3 * sum(part.size for part in direction) * limit(case, cotangent)
