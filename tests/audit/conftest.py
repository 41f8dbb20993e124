"""A file of a user's tests, whose rates of error are known."""

import pytest

TESTS = """
import numpy as np
import pytest

V = np.arange(6.0).reshape(3, 2)


def mine(q, k, v, *, n_samples, seed):
    return np.zeros((len(q), v.shape[1]))


@pytest.fixture
def attention():
    return mine


@pytest.fixture
def broken():
    raise RuntimeError("no such device")


def shape(f, **more):
    return f(np.ones((2, 4)), np.ones((3, 4)), V, n_samples=4, **more).shape


def test_in_the_hull(attention, seed):
    value = attention(np.ones((2, 4)), np.ones((3, 4)), V + 1, n_samples=4, seed=seed)
    assert (value >= 1).all()


def test_called_differently(attention):
    assert shape(attention, rng=np.random.default_rng(0)) == (2, 2)


def test_often(seed):
    assert seed % 4


def test_global():
    assert np.random.random() < 0.5


def test_raises():
    raise SystemExit("never mind")


def test_skipped():
    pytest.skip("not today")


@pytest.mark.parametrize("n", [1, 2])
def test_two(n):
    pass


def test_broken_fixture(broken):
    pass


@pytest.mark.skip(reason="not here")
def test_marked():
    pass
"""


@pytest.fixture(scope="session")
def audited_file(tmp_path_factory):
    """One path for all: a session of pytest in this process imports it once."""
    file = tmp_path_factory.mktemp("audited") / "test_to_be_audited.py"
    file.write_text(TESTS, encoding="utf-8")
    return file
