"""The README's example is code that runs and is right."""

import re

import numpy as np
import pytest


@pytest.fixture(scope="module")
def example(root):
    (source,) = re.findall(r"^```python\n(.*?)^```", (root / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    names = {}
    exec(compile(source, "README.md", "exec"), names)
    return source, names


def largest_error(names, seed):
    """Of the mean of 160,000 draws, against softmax; values of range 1."""
    rng = np.random.default_rng(7)
    q, k, v = rng.standard_normal((2, 4)), rng.standard_normal((3, 4)), np.eye(3)
    exact = names["softmax"](q @ k.T / 2) @ v
    return np.abs(names["ra"](q, k, v, n_samples=160_000, seed=seed) - exact).max()


def test_readme_example_has_the_mean_of_softmax(example, rng):
    """The mean is softmax's to .01.

    Level: draws lie in [0, 1], so by Hoeffding an error above .01 has probability below
    6 coordinates * 2 exp(-2 * 160000 * .01^2) < 2e-13. Power: a bias of .02 or more is missed as rarely.
    """
    _, names = example
    assert largest_error(names, int(rng.integers(2**31))) < 0.01


def test_readme_error_is_one(example, rng):
    """The term that the README says to forget is there; without it the bias is one that the test above finds."""
    source, _ = example
    broken = source.replace(" - (y**2).sum(-1) / 2", "")
    assert broken != source
    names = {}
    exec(compile(broken, "README.md", "exec"), names)
    assert largest_error(names, int(rng.integers(2**31))) > 0.02


def test_readme_example_honours_its_seed(example):
    ra = example[1]["ra"]
    arrays = np.ones((2, 4)), np.arange(12.0).reshape(3, 4), np.eye(3)
    first = ra(*arrays, n_samples=5, seed=1)
    assert first.shape == (2, 3)
    assert np.array_equal(first, ra(*arrays, n_samples=5, seed=1))
    assert not np.array_equal(first, ra(*arrays, n_samples=5, seed=2))
