"""Reading an .npz file: what is asked of it, and one sentence for everything else."""

import numpy as np
import pytest

from lara_verify.regime import InputError, read_npz

Q, K, V = np.ones((2, 3, 4)), np.ones((2, 5, 4)), np.ones((2, 5, 1))


def test_arrays_become_a_problem(tmp_path):
    mask = np.ones((2, 5), dtype=bool)
    np.savez(tmp_path / "a.npz", q=Q.astype(np.float16), k=K, v=V, key_mask=mask, scale=np.float32(0.25))
    problem, has_values = read_npz(tmp_path / "a.npz")
    assert has_values
    assert problem.q.dtype == np.float64
    assert (problem.scale, problem.batch_shape) == (0.25, (2,))


def test_values_may_be_absent(tmp_path):
    np.savez(tmp_path / "a.npz", q=Q, k=K)
    problem, has_values = read_npz(tmp_path / "a.npz")
    assert not has_values
    assert problem.v.shape == (2, 5, 1)


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"q": Q}, "has no array 'k'"),
        ({"q": Q, "k": K, "values": V}, "holds 'values'; expected arrays named q, k, v, key_mask, scale"),
        ({"q": Q, "k": np.ones((2, 5, 3))}, "holds no attention problem: q has dimension 4 and k has 3"),
        ({"q": Q * np.nan, "k": K}, "holds no attention problem: q holds NaN"),
        ({"q": Q, "k": K, "scale": np.ones(2)}, "has shape (2,); expected one number"),
        ({"q": Q, "k": K, "scale": np.array(-1.0)}, "scale is -1.0; expected a positive"),
        ({"q": Q + 1j, "k": K}, "dtype complex128; expected real numbers"),
        ({"q": np.array(["a"]), "k": K}, "expected real numbers"),
        ({"q": np.array([None]), "k": K}, "cannot be read as .npz"),
    ],
)
def test_anything_else_is_said_in_one_sentence(tmp_path, arrays, sentence):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError) as error:
        read_npz(tmp_path / "a.npz")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_no_file_and_no_npz(tmp_path):
    with pytest.raises(InputError, match="there is no file"):
        read_npz(tmp_path / "none.npz")
    (tmp_path / "text.npz").write_text("not an archive")
    with pytest.raises(InputError, match="cannot be read as"):
        read_npz(tmp_path / "text.npz")
    np.save(tmp_path / "bare.npy", Q)
    with pytest.raises(InputError, match="one bare array"):
        read_npz(tmp_path / "bare.npy")
