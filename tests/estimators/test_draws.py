"""What is drawn: shapes, laws by inverse-cdf on a grid of uniforms, and no touch of global state."""

import numpy as np
import pytest

from lara_estimators import NoNoise
from lara_estimators.reference import (
    LARA,
    RA,
    RFA,
    ExactPlusTail,
    Importance,
    Index,
    KeySampling,
    MeanValue,
    PoissonSampling,
    Softmax,
    StratifiedRA,
    TrigonometricRFA,
)
from lara_estimators.reference.component import draw_component

DRAWING = [
    RFA(4),
    RFA(4, "antithetic"),
    RFA(4, "orthogonal", "diagonal"),
    RA(4),
    StratifiedRA(4, 2),
    Index(4),
    Importance(4),
    LARA(4, 2),
    LARA(4, 2, "query"),
    LARA(4, 2, "uniform", proposals="mixed", sampling="antithetic"),
    TrigonometricRFA(4),
    KeySampling(4),
    KeySampling(4, "value-norm"),
    PoissonSampling(4, "collision"),
    ExactPlusTail(2, 1),
]

OVER_ALL_KEYS = (PoissonSampling, ExactPlusTail)
"""Their weights are of every key, not of every draw."""


def by_name(estimator):
    return estimator.name


class GridOfUniforms:
    """Stands in for a generator: uniforms are midpoints of a grid along the samples, so that counts are the law."""

    def random(self, shape):
        return np.broadcast_to((np.arange(shape[-1]) + 0.5) / shape[-1], shape)


@pytest.mark.parametrize("n_keys", [1, 2, 31, 32, 33, 100])
def test_component_counts_are_the_probabilities(n_keys, rng):
    counts = rng.integers(0, 9, size=(2, 3, n_keys))
    counts[..., 0] += 1
    counts[..., n_keys // 2] = np.maximum(counts[..., n_keys // 2], 1)
    for batch in np.ndindex(2, 3):
        total = counts[batch].sum()
        drawn = draw_component(counts[batch][None] / total, int(total), GridOfUniforms(), (2,))
        assert drawn.shape == (2, 1, total)
        for replicate in drawn:
            assert (np.bincount(replicate[0], minlength=n_keys) == counts[batch]).all()


@pytest.mark.parametrize("n_keys", [5, 40])
def test_masked_keys_are_never_drawn_even_at_the_edge(n_keys):
    class Edge:
        def random(self, shape):
            return np.broadcast_to(np.resize([0.0, np.nextafter(1.0, 0.0)], shape[-1]), shape)

    probabilities = np.zeros((1, n_keys))
    probabilities[0, 1:4] = [0.1, 0.2, 0.7]
    drawn = draw_component(probabilities, 2, Edge(), ())
    assert drawn.tolist() == [[1, 3]]


@pytest.mark.parametrize("estimator", DRAWING, ids=by_name)
@pytest.mark.parametrize("replicates", [(), (0,), (4,), (2, 3)])
def test_shapes_and_replicates(estimator, replicates, make_problem, rng):
    problem = make_problem(4, 6, 2, 5, batch=(2, 1), key_batch=(3,))
    noise = estimator.draw(problem, rng, replicates)
    estimate = estimator(problem, noise)
    assert estimate.value.shape == (*replicates, 2, 3, 4, 5)
    n_weights = 6 if isinstance(estimator, OVER_ALL_KEYS) else 4
    if not isinstance(estimator, TrigonometricRFA):
        assert estimate.log_weights.shape == (*replicates, 2, 3, 4, n_weights)
    assert estimate.value.dtype == np.float64


@pytest.mark.parametrize("estimator", [Softmax(), MeanValue()], ids=by_name)
def test_without_noise_replicates_are_equal(estimator, make_problem, rng):
    problem = make_problem(batch=(2,))
    noise = estimator.draw(problem, rng, (3,))
    assert noise == NoNoise((3,))
    value = estimator(problem, noise).value
    assert value.shape == (3, 2, 3, 4)
    assert (value == value[0]).all()


@pytest.mark.parametrize("estimator", DRAWING, ids=by_name)
def test_same_generator_same_noise_and_global_state_untouched(estimator, make_problem):
    problem = make_problem()
    before = np.random.get_state()[1].copy()
    first, second = (estimator.draw(problem, np.random.Generator(np.random.SFC64(5)), (2,)) for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    assert (np.random.get_state()[1] == before).all()


@pytest.mark.parametrize("estimator", [e for e in DRAWING if not isinstance(e, TrigonometricRFA)], ids=by_name)
def test_each_replicate_and_batch_item_is_computed_on_its_own(estimator, make_problem, rng):
    problem = make_problem(batch=(2,), mask=np.array([[True] * 5, [True, False, True, True, False]]))
    noise = estimator.draw(problem, rng, (3,))
    whole = estimator(problem, noise)
    for r in range(3):
        for b in range(2):
            alone = type(problem)(problem.q[b], problem.k[b], problem.v[b], problem.scale, problem.key_mask[b])
            part = estimator(alone, type(noise)(*(array[r, b] for array in noise)))
            assert np.allclose(whole.value[r, b], part.value, rtol=0, atol=1e-14)
            assert np.allclose(whole.log_weights[r, b], part.log_weights, rtol=0, atol=1e-12)
