"""The bound of every estimator and option: held by a second writing in float32, broken by faults of a formula.

The writings below are float32 arrays, other than the references' in order and association: features folded differently,
logits by subtraction, numerators before normalisers. Faults are parameters of the same code.
"""

from typing import NamedTuple

import numpy as np
import pytest

from lara_estimators import Problem, reference
from lara_verify.checks.roster import every_option
from lara_verify.oracles.rounding import rounding_bound

F = np.float32


class Fault(NamedTuple):
    half_norm: float = 1.0
    scale: float = 1.0
    top: float = 1.0
    sums: type = np.float32


RIGHT = Fault()


def make_problem(seed, shape=(5, 11, 6), logit=2.0, offset=0.0, masked=True, causal=False):
    n_queries, n_keys, dim = shape
    rng = np.random.default_rng([seed, *shape])
    q, k = rng.standard_normal((n_queries, dim)), rng.standard_normal((n_keys, dim))
    stretch = np.sqrt(logit * np.sqrt(dim) / abs(q @ k.T).max())
    mask = np.arange(n_keys) % 4 != 2 if masked else None
    arrays = (stretch * q, stretch * k + offset, rng.standard_normal((n_keys, 3)))
    return Problem(*(a.astype(F).astype(float) for a in arrays), key_mask=mask, causal=causal)


def average(logits, v, fault):
    """Weights exp(logits) over the last axis: the mean of rows of v, and the logarithm of the sum."""
    top = logits.max(-1, keepdims=True)
    kernel = np.exp(logits - top).astype(fault.sums)
    total = kernel.sum(-1, dtype=fault.sums).astype(F)
    mean = np.einsum("...m,...me->...e", kernel.astype(F), np.broadcast_to(v, (*kernel.shape, v.shape[-1])))
    return mean / total[..., None], F(fault.top) * top[..., 0] + np.log(total)


class Arrays:
    """A problem in float32: x, y, v of the keys that take part, and what each query sees."""

    def __init__(self, problem, fault, centred=False):
        root = F(np.sqrt(problem.scale * fault.scale))
        keep = np.ones(problem.n_keys, bool) if problem.key_mask is None else problem.key_mask
        self.keep = keep
        self.x = root * problem.q.astype(F)
        y = root * problem.k.astype(F)
        self.raw = y
        self.centre = np.zeros_like(y[:1])
        if centred:
            self.centre = y[:1] if problem.causal else y[keep].sum(0) / F(keep.sum())
            y = y - self.centre
        self.y, self.v = y, problem.v.astype(F)
        sees = np.tri(problem.n_queries, problem.n_keys, dtype=bool) if problem.causal else np.ones((1, 1), bool)
        self.mask = np.where(keep & sees, F(0), F(-np.inf))
        self.bias = self.mask - F(0.5 * fault.half_norm) * (self.y * self.y).sum(-1)


def features(problem, option, noise, fault):
    at = Arrays(problem, fault)
    z = noise.normals.astype(F)
    w, extra = z, np.zeros(len(z), F)
    proposal = option.fields.get("proposal", "standard")
    if proposal != "standard":
        if isinstance(proposal, str):
            axis = None if proposal == "isotropic" else (0, 1)
            squares = (at.x[:, None] + at.y[at.keep]) ** 2
            p = squares.sum(-1).mean() if axis is None else squares.mean(axis)
            d = problem.dim if axis is None else 1
            rho = ((d + 2 * p) + np.sqrt((d + 2 * p) ** 2 + 8 * d * p)) / (2 * d)
            w = np.sqrt((rho + 1) / 2).astype(F) * z
        else:
            w = proposal.mu.astype(F) + z @ np.linalg.cholesky(proposal.covariance.astype(F)).T
        extra = F(0.5) * ((z - w) * (z + w)).sum(-1)
    f, ell = average((w @ at.y.T)[None] + at.bias[:, None], at.v, fault)  # a row of draws for every query, or one
    logits = at.x @ w.T + ell + extra
    if option.class_name == "Importance":
        _, log_z = average(at.x @ at.y.T + at.mask, at.v, fault)
        ratio = np.exp(logits - F(0.5) * (at.x * at.x).sum(-1)[:, None] - log_z[:, None])
        return np.einsum("ns,nse->ne", ratio, np.broadcast_to(f, (len(ratio), *f.shape[1:]))) / F(len(z))
    return average(logits, f, fault)[0]


def trigonometric(problem, option, noise, fault):  # noqa: ARG001
    at = Arrays(problem, fault)
    cosines = np.cos((at.x[:, None] - at.y) @ noise.normals.astype(F).T).sum(-1, dtype=fault.sums).astype(F)
    height = F(0.5 * fault.half_norm) * (at.y * at.y).sum(-1) + at.mask
    kappa = cosines * np.exp(height - height.max(-1, keepdims=True))
    return kappa @ at.v / kappa.sum(-1, keepdims=True)


def mixture(problem, option, noise, fault):
    at = Arrays(problem, fault, centred=True)
    chunks = [np.arange(problem.n_keys)]
    component, z = noise.component, noise.normals.astype(F)
    if option.class_name == "StratifiedRA":
        chunks = np.array_split(np.arange(problem.n_keys), option.fields["n_chunks"])
    else:
        component, z = component[:, None], z[:, None]
    means, masses = [], []
    for c, keys in enumerate(chunks):
        w = at.x[:, None] + at.y[component[:, c]] + z[:, c]
        bias = np.broadcast_to(at.bias, (len(at.x), problem.n_keys))[:, None, keys]
        means.append(average(w @ at.y[keys].T + bias, at.v[keys], fault)[0].mean(1, dtype=F))
        logits = at.x @ at.y[keys].T + np.broadcast_to(at.mask, (len(at.x), problem.n_keys))[:, keys]
        masses.append(average(logits, at.v[keys], fault)[1])
    return average(np.stack(masses, -1), np.stack(means, 1), RIGHT)[0]


def segment_means(rows, keep, n):
    parts = np.array_split(np.arange(len(rows)), n)
    return np.stack([rows[p][keep[p]].sum(0) / F(max(1, keep[p].sum())) for p in parts])


def lara(problem, option, noise, fault):
    given = option.fields["proposals"] if not isinstance(option.fields["proposals"], str) else None
    at = Arrays(problem, fault, centred=True)
    n, weighting = option.fields["n_proposals"], option.fields["weighting"]
    kept = np.ones(n, bool)
    if given is not None:
        mu, x_bar = given.mu.astype(F) - at.centre, given.x_bar.astype(F)
    else:
        x_bar = segment_means(at.x, np.ones(len(at.x), bool), n)
        y_bar, raw = (segment_means(rows, at.keep, n) for rows in (at.y, at.raw))
        kept = np.array([part.any() for part in np.array_split(at.keep, n)])
        if option.fields["proposals"] != "plain":
            mix = raw @ raw.T + np.where(kept, F(0), F(-np.inf))
            if option.fields["proposals"] == "value-mixed":
                mix = mix + np.log(np.linalg.norm(segment_means(at.v, at.keep, n), axis=-1))
            y_bar = average(mix, y_bar, RIGHT)[0]
        mu = x_bar + y_bar
    z = noise.normals.astype(F)
    w = (mu[:, None] + z).reshape(-1, problem.dim)
    own = np.repeat(np.arange(n), z.shape[1])
    f, ell = average(w @ at.y.T + at.bias, at.v, fault)
    density = w @ mu.T - F(0.5 * fault.half_norm) * (mu * mu).sum(-1)
    masked = density + np.where(kept, F(0), F(-np.inf))
    log_sum = np.log(np.exp(masked - masked.max(-1, keepdims=True)).sum(-1)) + masked.max(-1)
    own_density = density[np.arange(len(w)), own]
    bh = np.exp(own_density - log_sum)
    t = np.exp((x_bar @ at.x.T) - (x_bar @ at.x.T).max(-1, keepdims=True))
    t = (t / t.sum(-1, keepdims=True)).T
    excess = (t - (t * kept).sum(-1, keepdims=True) / F(kept.sum()))[:, own]
    affinity = (at.x @ mu.T)[:, own]
    alpha = {
        "balance": bh,
        "uniform": np.ones_like(bh),
        "constant": np.array(option.fields.get("weights", np.ones(n)), F)[own],
        "affinity": np.exp(affinity - affinity.max(-1, keepdims=True)),
        "affinity-biased": np.exp(affinity - affinity.max(-1, keepdims=True)) * bh,
        "query": bh + excess,
        "query-clamped": np.maximum(bh + F(2) * excess, F(1e-8)),
    }[weighting] * kept[own]
    logits = at.x @ w.T + (ell - own_density)
    top = (logits + np.where(kept[own], F(0), F(-np.inf))).max(-1, keepdims=True)
    omega = np.exp(np.minimum(logits - top, F(60))) * alpha
    return omega @ f / omega.sum(-1, keepdims=True)


def keys(problem, option, noise, fault):
    at = Arrays(problem, fault, centred=True)
    logits = at.x @ at.y.T
    if option.class_name == "KeySampling":
        law = option.fields["proposal"]
        q = np.ones(problem.n_keys, F)
        if law == "value-norm":
            norm = np.linalg.norm(at.v, axis=-1)
            q = norm + norm[at.keep].mean()
        elif law != "uniform":
            q = law.probabilities.astype(F)
        drawn = noise.component
        return average(logits[:, drawn] - np.log(q[drawn]), at.v[drawn], fault)[0]
    if option.class_name == "PoissonSampling":
        size = option.fields["size"]
        g = np.ones((problem.n_queries, problem.n_keys), F)
        if not isinstance(size, str):
            g = size.sizes.astype(F)
        elif size == "collision":
            x, y = (rows / np.linalg.norm(rows, axis=-1, keepdims=True) for rows in (at.x, at.raw))
            g = (F(1) - np.arccos(np.clip(x @ y.T, -1, 1)) / F(np.pi)) ** 4
        rho = np.minimum(
            F(1), F(option.fields["n_samples"]) * g / np.maximum((g * at.keep).sum(-1, keepdims=True), F(1e-30))
        )
        some = noise.included.any(-1)
        weights = np.where(noise.included, logits - np.log(np.maximum(rho, F(1e-30))), F(-np.inf))
        return average(np.where(some[:, None], weights, at.mask), at.v, fault)[0]
    exact = at.keep & (np.cumsum(at.keep) <= 2)
    if "exact" in option.fields:
        exact = option.fields["exact"].mask
    share = F((at.keep & ~exact).sum() / len(noise.component))
    weight = np.where(exact, F(1), F(0))
    weight[noise.component] = share
    kernel = np.exp(logits - np.where(weight > 0, logits, F(-np.inf)).max(-1, keepdims=True)) * weight
    kernel = np.where(weight > 0, kernel, F(0)).astype(fault.sums).astype(F)
    return kernel @ at.v / kernel.sum(-1, keepdims=True)


def plain(problem, option, noise, fault):
    at = Arrays(problem, fault)
    if option.class_name == "Softmax":
        return average(at.x @ at.y.T + at.mask, at.v, fault)[0]
    if option.class_name == "Index":
        return at.v[noise.component].sum(1, dtype=fault.sums).astype(F) / F(noise.component.shape[1])
    mean = at.v[at.keep].sum(0, dtype=fault.sums).astype(F) / F(at.keep.sum())
    return np.broadcast_to(mean, (problem.n_queries, problem.value_dim))


WRITINGS = {
    **dict.fromkeys(("Softmax", "Index", "MeanValue"), plain),
    **dict.fromkeys(("RFA", "Importance"), features),
    **dict.fromkeys(("RA", "StratifiedRA"), mixture),
    **dict.fromkeys(("KeySampling", "PoissonSampling", "ExactPlusTail"), keys),
    "TrigonometricRFA": trigonometric,
    "LARA": lara,
}
OPTIONS = {option.make(reference).name: i for i, option in enumerate(every_option(make_problem(0)))}

CAUSAL = [option.make(reference).name for option in every_option(make_problem(0, (9, 9, 6), causal=True))]


def compare(problem, name, rng, fault=RIGHT):
    """Distance of the writing from the reference on the same noise, and the bound of the two."""
    option = next(o for o in every_option(problem) if o.make(reference).name == name)
    estimator = option.make(reference)
    noise = estimator.draw(problem, rng)
    apart = abs(WRITINGS[option.class_name](problem, option, noise, fault) - estimator(problem, noise).value)
    bound = rounding_bound(problem, estimator, noise, "float32") + rounding_bound(problem, estimator, noise, "float64")
    return apart, np.broadcast_to(bound, apart.shape)


@pytest.mark.parametrize("name", OPTIONS)
def test_another_writing_in_float32_lies_within_the_bound(name, rng):
    """Over random problems, shapes, sizes of logits and an offset; the bound is infinite for signed weights only."""
    shares = []
    for shape in [(5, 11, 6), (4, 30, 17), (4, 9, 1)]:
        for logit, offset in [(0.3, 0.0), (2.0, 0.0), (30.0, 0.0), (2.0, 20.0)]:
            problem = make_problem(1, shape, logit, offset, masked=logit != 2.0)
            apart, bound = compare(problem, name, rng)
            finite = np.isfinite(bound)
            assert finite.all() or "query" in name or "trigonometric" in name
            assert (apart[finite] <= bound[finite]).all(), (shape, logit, offset, float((apart / bound).max()))
            shares.append((apart / bound)[finite])
    assert np.median(np.concatenate(shares)) <= 0.1 or name in ("index", "mean_value")


@pytest.mark.parametrize("name", CAUSAL)
def test_another_causal_writing_in_float32_lies_within_the_bound(name, rng):
    for logit, offset in [(0.3, 0.0), (2.0, 0.0), (30.0, 0.0), (2.0, 20.0)]:
        apart, bound = compare(make_problem(2, (9, 9, 6), logit, offset, logit == 2.0, causal=True), name, rng)
        finite = np.isfinite(bound)
        assert finite.all() or "trigonometric" in name
        assert (apart[finite] <= bound[finite]).all(), (logit, offset, float((apart / bound).max()))


def test_the_writings_cover_every_class_of_the_reference():
    assert set(WRITINGS) == set(reference.__all__)


def breaks(name, rng, fault, factor=4.0):
    """Whether the fault is seen on one of twenty ordinary problems, by `factor` times the bound."""
    pairs = (compare(make_problem(seed), name, rng, fault) for seed in range(20))
    return any((apart > factor * bound).any() for apart, bound in pairs)


WITHOUT_FEATURES = ("softmax", "index", "mean_value", "keys", "poisson", "exact_plus_tail")
FEATURES = [name for name in OPTIONS if not name.startswith(WITHOUT_FEATURES)]


@pytest.mark.parametrize("name", FEATURES)
def test_a_missing_half_norm_breaks_the_bound(name, rng):
    assert breaks(name, rng, Fault(half_norm=0.0), 100.0)


@pytest.mark.parametrize("name", [n for n in OPTIONS if n not in ("index", "mean_value")])
def test_a_scale_that_is_off_by_a_thousandth_breaks_the_bound(name, rng):
    assert breaks(name, rng, Fault(scale=1.001))


@pytest.mark.parametrize("name", [n for n in FEATURES if n != "ra" and "trigonometric" not in n])
def test_a_stabiliser_that_is_not_put_back_breaks_the_bound(name, rng):
    assert breaks(name, rng, Fault(top=0.0), 100.0)


@pytest.mark.parametrize("name", [n for n in OPTIONS if n != "index"])
def test_sums_in_half_precision_break_the_bound(name, rng):
    assert breaks(name, rng, Fault(sums=np.float16))
