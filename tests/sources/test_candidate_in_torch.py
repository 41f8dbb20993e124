"""Candidates that return tensors."""

import numpy as np
import pytest

from lara_verify.problems import make_problem
from lara_verify.sources import Candidate, Seeds, SourceError

pytest.importorskip("torch")


@pytest.fixture
def drawn(stranger):
    def draw(short):
        with Candidate(stranger(short), "ra", 2).open(make_problem("P6-small")) as source:
            return source.draw(Seeds(0, 0, 0, 3))

    return draw


@pytest.mark.parametrize(
    ("short", "dtype"),
    [("with_gradient", "float64"), ("half", "bfloat16"), ("single", "float32")],
)
def test_tensors_are_taken_as_they_are(drawn, short, dtype):
    """Rounding of half precision: 2^-8 of values below 1, plus as much inside float32, where it is less."""
    block, plain = drawn(f"in_torch:{short}"), drawn("right:ra")
    assert block.dtype == dtype
    assert block.value.dtype == np.float64
    roundoff = {"float64": 0.0, "float32": 1e-4, "bfloat16": 2.0**-8}[dtype]
    assert np.abs(block.value - plain.value).max() <= roundoff


def test_a_wrong_tensor_is_told(drawn):
    with pytest.raises(SourceError, match=r"^it returned dtype complex128; expected a real floating one"):
        drawn("in_torch:complexes")
