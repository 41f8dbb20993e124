"""The rounding bounds: held by right code over a grid, broken by wrong code, and not wide enough to hide it."""

import mpmath
import numpy as np
import pytest

from lara_estimators import FeatureNoise, IndexNoise, MixtureNoise, NoNoise, Problem, reference
from lara_verify.oracles.rounding import arithmetic, black_box_tolerance, rounding_bound

SHAPES = [(5, 7, 1), (6, 6, 8), (3, 20, 128), (2, 4096, 16)]
LOGITS = [0.5, 5.0, 30.0]
OFFSETS = [0.0, 100.0]
KEYS = ["all", "one", "some", "equal"]
LARAS = ["balance", "uniform", "query", "query-clamped"]
CLASSES = ["Softmax", "MeanValue", "RFA", "RA", "Index", "Importance", *LARAS]
DTYPES = ["float64", "float32", "float16", "bfloat16"]


def make_problem(shape, logit, offset, keys, dtype="float32", seed=0):
    n_queries, n_keys, dim = shape
    rng = np.random.Generator(np.random.SFC64([seed, *shape]))
    q, k = rng.standard_normal((n_queries, dim)), rng.standard_normal((n_keys, dim))
    stretch = np.sqrt(logit * np.sqrt(dim) / abs(q @ k.T).max())
    q, k = stretch * q, stretch * k + offset
    if keys == "equal":
        k[:] = k[0]
    mask = {"one": np.arange(n_keys) == n_keys // 2, "some": np.arange(n_keys) % 3 != 1}.get(keys)
    arrays = (round_to(array, dtype) for array in (q, k, rng.standard_normal((n_keys, 3))))
    return Problem(*arrays, None, mask)


def round_to(array, dtype):
    if dtype == "bfloat16":
        bits = array.astype(np.float32).view(np.uint32) + 0x8000
        return (bits & 0xFFFF0000).view(np.float32).astype(np.float64)
    return array.astype(np.float32 if dtype == "float64" else dtype).astype(np.float64)


def make_estimator(package, class_name, n_samples=4):
    if class_name in LARAS:
        return package.LARA(n_samples, 2, class_name)
    drawing = class_name not in ("Softmax", "MeanValue")
    return getattr(package, class_name)(n_samples) if drawing else getattr(package, class_name)()


def by_mpmath(problem, noise, estimator):
    """The estimate from its definition at 50 digits, draws of one replicate, one query a row; plain loops."""
    with mpmath.workdps(50):
        root = mpmath.sqrt(mpmath.mpf(problem.scale))
        keys = [m for m in range(problem.n_keys) if problem.key_mask is None or problem.key_mask[m]]
        x = [[root * mpmath.mpf(a) for a in row] for row in problem.q.tolist()]
        y = [[root * mpmath.mpf(a) for a in row] for row in problem.k.tolist()]
        v = [[mpmath.mpf(a) for a in row] for row in problem.v.tolist()]

        def average(pairs):
            total = mpmath.fsum(weight for weight, _ in pairs)
            return [mpmath.fsum(weight * row[j] for weight, row in pairs) / total for j in range(problem.value_dim)]

        def feature(u, w):
            return mpmath.exp(mpmath.fdot(w, u) - mpmath.fdot(u, u) / 2)

        rows = []
        for n, query in enumerate(x):
            if estimator == "softmax":
                row = average([(mpmath.exp(mpmath.fdot(query, y[m])), v[m]) for m in keys])
            elif estimator == "rfa":
                draws = [[mpmath.mpf(a) for a in w] for w in noise.normals.tolist()]
                row = average([(feature(query, w) * feature(y[m], w), v[m]) for w in draws for m in keys])
            else:
                parts = []
                for m, z in zip(noise.component[n].tolist(), noise.normals[n].tolist(), strict=True):
                    w = [query[i] + y[m][i] + mpmath.mpf(z[i]) for i in range(problem.dim)]
                    parts.append((mpmath.mpf(1), average([(feature(y[key], w), v[key]) for key in keys])))
                row = average(parts)
            rows.append(row)
        return rows


@pytest.mark.parametrize("class_name", ["Softmax", "RFA", "RA"])
@pytest.mark.parametrize("logit", LOGITS)
@pytest.mark.parametrize("offset", OFFSETS)
@pytest.mark.parametrize("keys", KEYS)
def test_reference_lies_within_its_bound_of_the_truth(class_name, logit, offset, keys, rng):
    problem = make_problem((3, 5, 4), logit, offset, keys)
    estimator = make_estimator(reference, class_name)
    noise = estimator.draw(problem, rng)
    value = estimator(problem, noise).value
    bound = np.broadcast_to(rounding_bound(problem, estimator, noise, "float64"), value.shape)
    for n, row in enumerate(by_mpmath(problem, noise, estimator.name)):
        for j, truth in enumerate(row):
            assert abs(float(mpmath.mpf(value[n, j]) - truth)) <= bound[n, j]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("class_name", CLASSES)
@pytest.mark.parametrize("offset", OFFSETS)
def test_twin_lies_within_the_two_bounds_of_the_reference(class_name, dtype, offset, torch_device, rng):
    """Over shapes, sizes of logits, masks and equal keys; the bound of the arithmetic alone is reached to a half."""
    torch = pytest.importorskip("torch")
    from lara_estimators import torch as twins

    estimator, twin = make_estimator(reference, class_name), make_estimator(twins, class_name)
    for shape in SHAPES:
        for logit in LOGITS:
            for keys in KEYS:
                problem = make_problem(shape, logit, offset, keys, dtype)
                noise = estimator.draw(problem, rng, (2,))
                tensors = [torch.tensor(a, dtype=getattr(torch, dtype)) for a in (problem.q, problem.k, problem.v)]
                mask = None if problem.key_mask is None else torch.tensor(problem.key_mask, device=torch_device)
                moved = Problem(*(tensor.to(torch_device) for tensor in tensors), problem.scale, mask)
                apart = abs(twin(moved, noise).value.double().cpu().numpy() - estimator(problem, noise).value)
                bound = rounding_bound(problem, estimator, noise, dtype)
                bound = bound + rounding_bound(problem, estimator, noise, "float64")
                share = 1.0 if arithmetic(dtype).u_output else 0.5
                assert (apart <= share * bound).all(), (shape, logit, keys, float((apart / bound).max()))


def single(problem):
    return [np.asarray(array, dtype=np.float32) for array in (problem.q, problem.k, problem.v)]


def float32_softmax(problem, noise, scale=1.0, half_norm=1.0):  # noqa: ARG001
    q, k, v = single(problem)
    a = np.float32(scale * problem.scale) * (q @ k.T)
    p = np.exp(a - a.max(-1, keepdims=True))
    return p @ v / p.sum(-1, keepdims=True)


def float32_rfa(problem, noise, scale=1.0, half_norm=1.0):
    """Features in linear space, as popular code has them."""
    q, k, v = single(problem)
    x, y = (np.float32(np.sqrt(scale * problem.scale)) * array for array in (q, k))
    w = noise.normals.astype(np.float32)
    phi_x = np.exp(x @ w.T - np.float32(0.5) * (x * x).sum(-1, keepdims=True))
    phi_y = np.exp(y @ w.T - np.float32(0.5 * half_norm) * (y * y).sum(-1, keepdims=True))
    return phi_x @ (phi_y.T @ v) / (phi_x @ phi_y.sum(0))[:, None]


def float32_ra(problem, noise, scale=1.0, half_norm=1.0):
    """Keys not centred."""
    q, k, v = single(problem)
    x, y = (np.float32(np.sqrt(scale * problem.scale)) * array for array in (q, k))
    w = x[:, None] + y[noise.component] + noise.normals.astype(np.float32)
    a = w @ y.T - np.float32(0.5 * half_norm) * (y * y).sum(-1)
    p = np.exp(a - a.max(-1, keepdims=True))
    return (p @ v / p.sum(-1, keepdims=True)).mean(1)


WRITINGS = {"softmax": float32_softmax, "rfa": float32_rfa, "ra": float32_ra}


def ordinary(seed=0):
    return make_problem((6, 12, 8), 2.0, 0.0, "all", seed=seed)


@pytest.mark.parametrize("name", WRITINGS)
def test_the_bound_is_near_what_rounding_does(name, rng):
    """Largest error of float32 in 600 outputs: above 1/100 of the mean bound, which is below 1e-4 of the range."""
    estimator = {"softmax": reference.Softmax(), "rfa": reference.RFA(16), "ra": reference.RA(16)}[name]
    apart, bounds = [], []
    for seed in range(30):
        problem = ordinary(seed)
        noise = estimator.draw(problem, rng)
        apart.append(abs(WRITINGS[name](problem, noise) - estimator(problem, noise).value).max())
        bounds.append(np.mean(rounding_bound(problem, name, noise, "float32")))
    assert max(apart) >= np.mean(bounds) / 100
    assert max(bounds) <= 1e-4 * np.ptp(problem.v)


@pytest.mark.parametrize("name", WRITINGS)
def test_right_writings_lie_within_both_tolerances(name, rng):
    estimator = {"softmax": reference.Softmax(), "rfa": reference.RFA(16), "ra": reference.RA(16)}[name]
    for seed in range(30):
        problem = ordinary(seed)
        noise = estimator.draw(problem, rng)
        apart = abs(WRITINGS[name](problem, noise) - estimator(problem, noise).value)
        assert (apart <= rounding_bound(problem, name, noise, "float32")).all()
        assert (apart <= 0.2 * black_box_tolerance(problem, "float32")).all()


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("softmax", {"scale": 1.001}),
        ("rfa", {"scale": 1.001}),
        ("rfa", {"half_norm": 0.0}),
        ("rfa", {"half_norm": 0.999}),
        ("ra", {"scale": 1.001}),
        ("ra", {"half_norm": 0.0}),
        ("ra", {"half_norm": 0.999}),
    ],
)
def test_wrong_writings_break_the_bound_on_every_problem(name, fault, rng):
    estimator = {"softmax": reference.Softmax(), "rfa": reference.RFA(16), "ra": reference.RA(16)}[name]
    for seed in range(30):
        problem = ordinary(seed)
        noise = estimator.draw(problem, rng)
        apart = abs(WRITINGS[name](problem, noise, **fault) - estimator(problem, noise).value)
        assert (apart > 2 * rounding_bound(problem, name, noise, "float32")).any()
        if 0.0 in fault.values():
            assert (apart > 100 * rounding_bound(problem, name, noise, "float32")).any()


@pytest.mark.parametrize(("dtype", "share"), [("float64", 5e-13), ("float32", 2e-4), ("float16", 1e-3)])
def test_black_box_tolerance_leaves_room_to_certify(dtype, share):
    for seed in range(5):
        problem = ordinary(seed)
        tolerance = black_box_tolerance(problem, dtype)
        assert tolerance.shape == (6, 3)
        assert (tolerance <= share * np.ptp(problem.v, axis=0)).all()
        assert (tolerance > 0).all()


def test_black_box_tolerance_grows_with_an_offset_and_stays_below_the_range():
    problem = make_problem((6, 12, 8), 2.0, 100.0, "all")
    assert (black_box_tolerance(problem, "float64") > 100 * black_box_tolerance(ordinary(), "float64")).all()
    assert (black_box_tolerance(problem, "float64") < 1e-8).all()


def test_masked_values_do_not_widen_tolerances():
    problem = make_problem((6, 12, 8), 2.0, 0.0, "some")
    k, v = problem.k.copy(), problem.v.copy()
    k[~problem.key_mask], v[~problem.key_mask] = 1e30, 1e30
    poisoned = Problem(problem.q, k, v, problem.scale, problem.key_mask)
    assert (black_box_tolerance(problem, "float32") == black_box_tolerance(poisoned, "float32")).all()
    one, other = (rounding_bound(p, "softmax", NoNoise(), "float32") for p in (problem, poisoned))
    assert (one == other).all()


def test_bounds_have_the_shape_of_the_value():
    rng = np.random.Generator(np.random.SFC64(1))
    q, k, v = rng.standard_normal((2, 1, 4, 3)), rng.standard_normal((3, 5, 3)), rng.standard_normal((3, 5, 2))
    problem = Problem(q, k, v, None, np.ones((2, 1, 5), dtype=bool))
    component = np.zeros((7, 2, 3, 4, 2), dtype=int)
    noises = {
        "rfa": FeatureNoise(rng.standard_normal((7, 2, 3, 2, 3))),
        "ra": MixtureNoise(component, rng.standard_normal((7, 2, 3, 4, 2, 3))),
        "index": IndexNoise(component),
    }
    for name, noise in noises.items():
        assert rounding_bound(problem, name, noise, "float32").shape == (7, 2, 3, 4, 2)
    for name in ("softmax", "mean_value"):
        bound = rounding_bound(problem, name, NoNoise((7,)), "float32")
        assert np.broadcast_shapes(bound.shape, (7, 2, 3, 4, 2)) == (7, 2, 3, 4, 2)
    assert black_box_tolerance(problem, "float32").shape == (2, 3, 4, 2)


def test_unknown_names_are_refused():
    problem = ordinary()
    with pytest.raises(ValueError, match="no rounding bound for 'rf'; expected one of softmax, rfa"):
        rounding_bound(problem, "rf", NoNoise(), "float64")
    with pytest.raises(ValueError, match="dtype is int8; expected one of float64"):
        arithmetic("int8")


@pytest.mark.parametrize("weighting", LARAS)
def test_another_weighting_breaks_the_bound_of_lara(weighting, rng):
    """So does the fault of taking the balance heuristic over duplicated proposals, which doubles beta."""
    lara = reference.LARA(8, 4, weighting)
    others = [reference.LARA(8, 4, other) for other in LARAS if other != weighting]
    if weighting.startswith("query"):
        others.append(reference.LARA(8, 4, weighting, 2 * (1.0 if weighting == "query" else 2.0)))
    for seed in range(10):
        problem = ordinary(seed)
        noise = lara.draw(problem, rng, (20,))
        bound = rounding_bound(problem, lara, noise, "float32")
        for other in others:
            apart = abs(other(problem, noise).value - lara(problem, noise).value)
            assert (apart > 100 * bound).any(), other
