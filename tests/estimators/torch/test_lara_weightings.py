"""LARA from its definition, densities and all, against the twin: every weighting, all proposals, masks, batches."""

import math

import numpy as np
import pytest

from lara_estimators import GivenLandmarks, Problem, ProposalNoise

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")
replicates_last = pytest.importorskip("lara_estimators.torch.replicates_last")

WEIGHTINGS = ["balance", "uniform", "constant", "affinity", "affinity-biased", "query", "query-clamped"]
C, S = 3, 2


def segments(rows, mask):
    """Means of segments, and whether any row takes part."""
    means, kept = [], []
    for part in np.array_split(np.arange(rows.shape[-2]), C):
        weights = torch.ones_like(rows[..., part, 0]) if mask is None else mask[..., part].to(rows.dtype)
        means.append((rows[..., part, :] * weights.unsqueeze(-1)).sum(-2) / weights.sum(-1, keepdim=True).clamp_min(1))
        kept.append(weights.sum(-1) > 0)
    return torch.stack(means, -2), torch.stack(kept, -1)


def log_normal(w, mu):
    """The log-density of N(mu, I), less that of its constant."""
    return -((w - mu) ** 2).sum(-1) / 2


def by_definition(problem, z, weighting, proposals, weights):
    x, y = (part * math.sqrt(problem.scale) for part in (problem.q, problem.k))
    mask = problem.key_mask
    x_bar, (y_bar, kept), (v_bar, _) = segments(x, None)[0], segments(y, mask), segments(problem.v, mask)
    if proposals in ("mixed", "value-mixed"):
        logits = (y_bar @ y_bar.mT).masked_fill(~kept.unsqueeze(-2), -torch.inf)
        if proposals == "value-mixed":
            logits = logits + torch.where(kept, v_bar.square().sum(-1), 1).unsqueeze(-2).log() / 2
        y_bar = torch.softmax(logits, -1) @ y_bar
    mu = x_bar + y_bar
    if isinstance(proposals, GivenLandmarks):
        mu, x_bar, kept = proposals.mu, proposals.x_bar, torch.ones_like(kept)
    w = mu.unsqueeze(-2) + z
    densities = torch.stack([log_normal(w, mu[..., c, None, None, :]) for c in range(C)], -1)
    densities = densities.masked_fill(~kept[..., None, None, :], -torch.inf)
    own = log_normal(w, mu.unsqueeze(-2))
    heuristic = (own - torch.logsumexp(densities, -1)).exp().unsqueeze(-3)
    a = w @ y.unsqueeze(-3).mT - (y * y).sum(-1)[..., None, None, :] / 2
    if mask is not None:
        a = a.masked_fill(~mask[..., None, None, :], -torch.inf)
    f, ell = torch.softmax(a, -1) @ problem.v.unsqueeze(-3), torch.logsumexp(a, -1)
    mixture = torch.einsum("...nd,...csd->...ncs", x, w) - (x * x).sum(-1)[..., None, None] / 2
    mixture = mixture + (ell + log_normal(w, 0.0)).unsqueeze(-3)
    affinity = x @ mu.mT
    if weighting == "balance":
        alpha = heuristic
    elif weighting == "uniform":
        alpha = 1 / kept.sum(-1).to(x.dtype)[..., None, None, None]
    elif weighting == "constant":
        kept_weights = torch.tensor(weights, dtype=x.dtype) * kept
        alpha = (kept_weights / kept_weights.sum(-1, keepdim=True))[..., None, :, None]
    elif weighting == "affinity":
        alpha = torch.softmax(affinity.masked_fill(~kept.unsqueeze(-2), -torch.inf), -1).unsqueeze(-1)
    elif weighting == "affinity-biased":
        alpha = affinity.exp().unsqueeze(-1) * heuristic
    else:
        t = torch.softmax(x @ x_bar.mT, -2) * kept.unsqueeze(-2)
        excess = t - t.sum(-1, keepdim=True) / kept.sum(-1)[..., None, None]
        alpha = heuristic + (1.0 if weighting == "query" else 2.0) * excess.unsqueeze(-1)
        alpha = alpha.clamp_min(1e-8) if weighting == "query-clamped" else alpha
    omega = torch.where(kept[..., None, :, None], alpha * (mixture - own.unsqueeze(-3)).exp(), 0)
    total = omega.sum((-1, -2))
    return torch.einsum("...ncs,...cse->...ne", omega, f) / total.unsqueeze(-1), total / S


def made(masked, given, replicates):
    generator = torch.Generator().manual_seed(7)
    shapes = ((2, 3, 11, 4), (3, 13, 4), (2, 1, 13, 5), (*replicates, 2, 3, C, S, 4), (2, 3, C, 4), (C, 4))
    q, k, v, z, mu, x_bar = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes)
    mask = torch.ones(3, 13, dtype=torch.bool)
    mask[0, :7], mask[1, 5] = False, False  # the first segment of the first item has no key
    leaves = [leaf.requires_grad_() for leaf in (q, k, v)]
    return Problem(*leaves, None, mask if masked else None), z, GivenLandmarks(mu, x_bar) if given else None


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("proposals", ["plain", "mixed", "value-mixed", "given"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_lara_is_its_definition(weighting, proposals, masked):
    """Value, normaliser, gradients. Weights of query cancel, by a factor of up to 1e4 here: tolerance in proportion."""
    problem, z, given = made(masked, proposals == "given", (2,))
    weights = (0.2, 0.3, 0.5) if weighting == "constant" else None
    twin = twins.LARA(C * S, C, weighting, proposals=given or proposals, weights=weights)
    value, log_normaliser, log_weights = twin(problem, ProposalNoise(z))
    assert log_weights is None
    expected, normaliser = by_definition(problem, z, weighting, given or proposals, weights)
    tolerance = 1e-8 if weighting == "query" else 1e-11
    leaves = (problem.q, problem.k, problem.v)
    results = [
        (one, total, *torch.autograd.grad(one.sin().sum() + total.atan().sum(), leaves))
        for one, total in ((value, log_normaliser.exp().real), (expected, normaliser))
    ]
    for ours, theirs in zip(*results, strict=True):
        assert torch.isfinite(ours).all()
        assert (ours - theirs).abs().max() <= tolerance * (1 + theirs.abs().max())


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", ["rfa", "rfa[diagonal]", *WEIGHTINGS[:5]])
def test_replicates_on_the_last_axis_change_nothing(name, masked, monkeypatch):
    """Forty replicates in either layout, and in pieces: the same sums in another order."""
    problem, z, _ = made(masked, False, (5, 8))
    if name.startswith("rfa"):
        twin = twins.RFA(C * S, proposal="diagonal" if "diagonal" in name else "standard")
        z = z.flatten(-3, -2)
    else:
        twin = twins.LARA(C * S, C, name, weights=(0.2, 0.3, 0.5) if name == "constant" else None)
    noise = twin.draw(problem)._replace(normals=z)
    results = []
    for least, at_once in ((32, 2**20), (32, 1), (1000, 1)):
        monkeypatch.setattr(replicates_last, "LEAST_REPLICATES", least)
        monkeypatch.setattr(replicates_last, "AT_ONCE", at_once)
        estimate = twin(problem, noise)
        loss = estimate.value.sin().sum() + estimate.log_normaliser.sin().sum()
        results.append((*estimate[:2], *torch.autograd.grad(loss, (problem.q, problem.k, problem.v))))
    for parts in zip(*results, strict=True):
        for other in parts[1:]:
            assert (parts[0] - other).abs().max() <= 1e-12 * (1 + other.abs().max())


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"weighting": "constant"}, "expected a tuple of 2 numbers"),
        ({"weighting": "constant", "weights": (0.5, 0.4)}, "at least 0 that sum to 1"),
        ({"weighting": "constant", "weights": (1.5, -0.5)}, "at least 0 that sum to 1"),
        ({"weights": (0.5, 0.5)}, "expected None for the weighting balance"),
        ({"weighting": "mis"}, "weighting is 'mis'; expected one of balance"),
        ({"proposals": "learned"}, "proposals is 'learned'; expected plain"),
        ({"sampling": "orthogonal"}, "sampling is 'orthogonal'; expected iid"),
        ({"sampling": "deterministic"}, "expected the same, a mean each"),
        ({"sampling": "antithetic", "n_samples": 2}, "expected an even number"),
        ({"weighting": "query", "proposals": GivenLandmarks(np.zeros((2, 3)))}, "proposals.x_bar is None"),
    ],
)
def test_fields_are_checked(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        twins.LARA(**({"n_samples": 4, "n_proposals": 2} | options))


def test_landmarks_that_do_not_fit_are_refused():
    problem = Problem(torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 1))
    with pytest.raises(ValueError, match="n_proposals is 4 but there are 2 queries"):
        twins.LARA(4, 4).draw(problem)
    twin = twins.LARA(4, 4, proposals=GivenLandmarks(np.zeros((3, 3))))
    with pytest.raises(ValueError, match=r"proposals.mu has shape \(3, 3\)"):
        twin.draw(problem)
    causal = Problem(torch.ones(2, 3), torch.ones(2, 3), torch.ones(2, 1), None, None, True)
    with pytest.raises(ValueError, match="has no causal form: its landmarks read all queries and keys"):
        twins.LARA(2, 2).draw(causal)
