"""The laws by which the twins draw keys: frequencies over independent replicates against probabilities computed apart.

Level. A frequency of R independent replicates is off its probability by more than eps with probability at most
``2 exp(-2 R eps^2)`` (Hoeffding); eps makes the union over all frequencies of a test at most 1e-6: .02 to .023 at
R = 20,000. Power. A law off by 2 eps in one of them passes with probability at most 1e-6; the wrong laws that are tried
are off by more. Uniforms of float32 are multiples of 2^-24, which moves no probability by more than that.
"""

import math

import numpy as np
import pytest

from lara_estimators import GivenKeys, GivenProbabilities, GivenSizes, Problem

torch = pytest.importorskip("torch")
twins = pytest.importorskip("lara_estimators.torch")

R, N, M, D = 20_000, 3, 6, 2
LEVEL = 1e-6
MASK = np.array([[True, False, True, True, True, True], [True] * M])


def frequencies_are(flags, probabilities):
    """Whether means over the first axis are what they should be; everything is finite, or the answer is no."""
    n_all = int(np.prod(np.shape(probabilities)))
    eps = math.sqrt(math.log(2 * n_all / LEVEL) / (2 * len(flags)))
    return bool(np.abs(np.mean(flags, axis=0) - probabilities).max() <= eps)


def make(device, *, causal=False, n_queries=N, n_keys=M, mask=MASK, dtype=torch.float32):
    rng = np.random.Generator(np.random.SFC64(11))
    n_queries = n_keys if causal else n_queries
    shapes = ((2, n_queries, D), (2, n_keys, D), (2, n_keys, 2))
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in shapes]
    in_torch = (torch.tensor(array, dtype=dtype, device=device) for array in arrays)
    key_mask = None if mask is None else torch.tensor(mask, device=device)
    return arrays, Problem(*in_torch, None, key_mask, causal)


def weights_of(arrays, mask, causal=False):
    """``exp(x . y)``, 0 where masked or later."""
    q, k, _ = (array.astype(float) for array in arrays)
    weights = np.exp(q @ np.swapaxes(k, -1, -2) / math.sqrt(D))
    weights = weights if mask is None else weights * mask[:, None, :]
    return weights * np.tri(*weights.shape[-2:]) if causal else weights


def shares(weights):
    return weights / weights.sum(-1, keepdims=True)


def drawn(twin, problem, device, rng, n=R):
    generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
    return twin.draw(problem, generator, (n,))


def one_hot(component, n_keys):
    return component.cpu().numpy()[..., None] == np.arange(n_keys)


def one_hot_pairs(first, second):
    return (first[..., None, None] == np.arange(M)[:, None]) & (second[..., None, None] == np.arange(M))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("name", ["Index", "RA"])
def test_component_has_the_law_of_softmax(name, causal, torch_device, rng):
    arrays, problem = make(torch_device, causal=causal)
    component = drawn(getattr(twins, name)(2), problem, torch_device, rng).component
    flags = one_hot(component, M)
    law = shares(weights_of(arrays, MASK, causal))
    assert frequencies_are(flags, np.broadcast_to(law[..., None, :], flags.shape[1:]))
    uniform = shares((law > 0).astype(float))[..., None, :]
    assert not frequencies_are(flags, np.broadcast_to(uniform, flags.shape[1:]))


def test_component_has_the_law_of_softmax_among_many_keys(torch_device, rng):
    """Where a binary search takes over from comparisons; keys in ten groups."""
    arrays, problem = make(torch_device, n_keys=200, mask=None)
    component = drawn(twins.Index(1), problem, torch_device, rng).component[..., 0]
    flags = one_hot(component // 20, 10)
    law = shares(weights_of(arrays, None)).reshape(2, N, 10, 20).sum(-1)
    assert frequencies_are(flags, law)
    assert not frequencies_are(flags, np.roll(law, 1, axis=-1))


def test_two_draws_of_a_query_and_two_queries_are_independent(torch_device, rng):
    """Pairs of keys have the product of their laws, by query and draw: (0, 0) with (0, 1) and with (1, 0)."""
    arrays, problem = make(torch_device)
    component = drawn(twins.RA(2), problem, torch_device, rng).component.cpu().numpy()
    law = shares(weights_of(arrays, MASK))
    for query, draw in ((0, 1), (1, 0)):
        flags = one_hot_pairs(component[..., 0, 0], component[..., query, draw])
        assert frequencies_are(flags, law[:, 0, :, None] * law[:, query, None, :])
    twice = one_hot_pairs(component[..., 0, 0], component[..., 0, 0])
    assert not frequencies_are(twice, law[:, 0, :, None] * law[:, 0, None, :])


def test_component_of_a_chunk_has_its_law(torch_device, rng):
    """Chunks of 2, 2, 1 and 1 keys; in the first batch item the chunk of key 4 is masked: its first key, always."""
    mask = MASK.copy()
    mask[0, 4] = False
    arrays, problem = make(torch_device, mask=mask)
    component = drawn(twins.StratifiedRA(8, 4), problem, torch_device, rng).component
    flags = one_hot(component, M)
    weights, law = weights_of(arrays, mask), np.zeros((2, N, 4, M))
    for chunk, keys in enumerate(np.array_split(np.arange(M), 4)):
        law[:, :, chunk, keys] = weights[..., keys]
    law[0, :, 2, 4] = 1
    law = np.broadcast_to(shares(law)[..., None, :], flags.shape[1:])
    assert frequencies_are(flags, law)
    assert set(component[:, 0, :, 2].unique().tolist()) == {4}
    assert not frequencies_are(flags, np.roll(law, 1, axis=1))


@pytest.mark.parametrize("proposal", ["uniform", "value-norm", "given"])
def test_keys_have_the_law_of_the_proposal(proposal, torch_device, rng):
    arrays, problem = make(torch_device)
    norms = np.linalg.norm(arrays[2].astype(float), axis=-1) * MASK
    given = np.array([3.0, 1, 1, 4, 1, 5])
    weights = {
        "uniform": MASK.astype(float),
        "value-norm": (norms + norms.sum(-1, keepdims=True) / MASK.sum(-1, keepdims=True)) * MASK,
        "given": given * MASK,
    }
    law = GivenProbabilities(given) if proposal == "given" else proposal
    flags = one_hot(drawn(twins.KeySampling(2, law), problem, torch_device, rng).component, M)
    for name, weight in weights.items():
        expected = np.broadcast_to(shares(weight)[:, None, :], flags.shape[1:])
        assert frequencies_are(flags, expected) == (name == proposal)


@pytest.mark.parametrize("size", ["uniform", "collision", "given"])
def test_keys_are_included_with_their_probabilities(size, torch_device, rng):
    """Independent as well: pairs of keys are included with products."""
    arrays, problem = make(torch_device)
    q, k = (array.astype(float) for array in arrays[:2])
    cosine = (q @ np.swapaxes(k, -1, -2)) / np.linalg.norm(q, axis=-1)[..., None] / np.linalg.norm(k, axis=-1)[:, None]
    given = np.array([3.0, 1, 1, 4, 1, 5])
    sizes = {"uniform": np.ones((2, N, M)), "collision": (1 - np.arccos(cosine) / np.pi) ** 4, "given": given}
    twin = twins.PoissonSampling(2, GivenSizes(given[None]) if size == "given" else size)
    included = drawn(twin, problem, torch_device, rng).included.cpu().numpy()
    for name, weight in sizes.items():
        rho = np.minimum(1, 2 * shares(weight * MASK[:, None, :]))
        pairs = rho[..., :, None] * rho[..., None, :]
        both = included[..., :, None] & included[..., None, :]
        off = ~np.eye(M, dtype=bool)
        right = frequencies_are(included, rho) and frequencies_are(both[..., off], pairs[..., off])
        assert right == (name == size)


@pytest.mark.parametrize("exact", ["first", "given"])
def test_tail_is_drawn_without_replacement(exact, torch_device, rng):
    """Ordered pairs of distinct keys of the tail, all alike; none of the exact or masked keys."""
    ends = np.array([True, False, False, False, False, True])
    _, problem = make(torch_device)
    twin = twins.ExactPlusTail(2, 2, "first" if exact == "first" else GivenKeys(ends))
    component = drawn(twin, problem, torch_device, rng).component.cpu().numpy()
    first_two = MASK & (np.cumsum(MASK, axis=-1) <= 2)
    tail = MASK & ~(first_two if exact == "first" else ends)
    pairs = one_hot_pairs(component[..., 0], component[..., 1])
    allowed = tail[:, :, None] & tail[:, None, :] & ~np.eye(M, dtype=bool)
    assert not pairs[:, ~allowed].any()
    assert frequencies_are(pairs, allowed / allowed.sum((-1, -2), keepdims=True))
    with_replacement = tail[:, :, None] & tail[:, None, :]
    assert not frequencies_are(pairs, with_replacement / with_replacement.sum((-1, -2), keepdims=True))
