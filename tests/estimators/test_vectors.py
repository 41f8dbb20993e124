"""Golden vectors: shipped as the command writes them, readable by a stranger, reproduced by reference and twin."""

import re
import subprocess
import sys
from collections import Counter
from fractions import Fraction
from importlib import resources

import numpy as np
import pytest

from lara_estimators import NoNoise, reference
from lara_verify.checks.golden import compare, golden_files, golden_vectors, table
from lara_verify.oracles.balls.vector_file import NOISES, read_vectors

FILES = golden_files()
ESTIMATORS = sorted(reference.__all__)


def test_every_estimator_has_a_file():
    assert sorted(path.stem for path in FILES) == sorted(NOISES) == sorted(ESTIMATORS)


def test_shipped_files_are_those_that_the_command_writes(tmp_path):
    command = [sys.executable, "-m", "lara_verify.oracles.balls", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert sorted(path.name for path in tmp_path.iterdir()) == [path.name for path in FILES]
    for path in FILES:
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), f"{path.name} is not what the balls give"


def test_files_are_small():
    assert sum(path.stat().st_size for path in FILES) < 1_500_000


def arrays_of(vector):
    case = vector.case
    yield from (case.problem.q, case.problem.k, case.problem.v)
    if not isinstance(case.noise, NoNoise):
        yield from (np.asarray(part, dtype=np.float64) for part in case.noise)


def test_inputs_and_noise_are_exact_in_float32():
    for vector in golden_vectors():
        for array in arrays_of(vector):
            assert (array.astype(np.float32).astype(np.float64) == array).all(), vector.case.name


def test_outputs_have_fifty_digits_and_radii_below_1e45_of_them():
    for vector in golden_vectors():
        for value, radius in zip(vector.value.ravel(), vector.radius.ravel(), strict=True):
            assert Fraction(radius) <= Fraction(10) ** -45 * abs(Fraction(value)), vector.case.name
            assert len(value.lstrip("-0.").split("E")[0].replace(".", "")) <= 50
            assert float(value) == pytest.approx(0.0, abs=100)


def test_kinds_of_input_are_all_there():
    """Masks, batch, causal, logits of 30, keys 100 from the origin, equal keys, d = 1, one key left, N != M."""
    problems = {vector.case.name: vector.case.problem for vector in golden_vectors()}
    kinds = Counter(name.rsplit("/", 1)[-1] for name in problems)
    assert min(kinds.values()) >= 6, kinds
    for name, of in problems.items():
        kept = of.k if of.key_mask is None else of.k[np.broadcast_to(of.key_mask, of.k.shape[:-1])]
        holds = {
            "plain": of.n_queries != of.n_keys,
            "masked": of.key_mask is not None and not of.key_mask.all(),
            "one-key-left": of.key_mask is not None and of.key_mask.sum() == 1,
            "batch": len(of.batch_shape) == 2 and of.q.shape[1] != of.k.shape[1],
            "causal": of.causal,
            "logits-30": not of.batch_shape and 29.9 < abs(of.scale * of.q @ of.k.T).max() < 30.1,
            "key-offset-100": kept.min() > 90,
            "duplicate-keys": len(np.unique(kept, axis=0)) < len(kept),
            "one-dimension": of.dim == of.value_dim == 1,
            "many-keys": of.n_keys == 17,
        }
        assert holds[name.rsplit("/", 1)[-1]], name


@pytest.mark.usefixtures("twin_sizes")
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_reference_and_twin_reproduce_the_vectors(estimator):
    """Within the derived bound of a float64 computation, entry by entry; the distances are printed in ulp."""
    path = resources.files("lara_estimators").joinpath("vectors", f"{estimator}.json")
    rows = [compare(vector) for vector in read_vectors(path)]
    print(table(rows))
    for row in rows:
        assert row.reference.share <= 1, f"{row.name}: reference at {row.reference.share:.3g} of its bound"
        assert row.twin is None or row.twin.share <= 1, f"{row.name}: twin at {row.twin.share:.3g} of its bound"


def test_a_wrong_output_is_told_from_rounding():
    """The judge: 1e-9 off, or the noise of another draw, is far above every bound but where no draw matters."""
    (vector,) = (v for v in golden_vectors() if v.case.name == "RFA/plain")
    off = np.array([str(float(value) + 1e-9) for value in vector.value.ravel()], object).reshape(vector.value.shape)
    assert compare(vector._replace(value=off)).reference.share > 1000
    other = vector.case.noise._replace(normals=vector.case.noise.normals[::-1].copy())
    assert compare(vector).reference.share <= 1
    case = type(vector.case)("other", "RFA", vector.case.options, vector.case.problem, other)
    assert compare(vector._replace(case=case)).reference.share > 1000


def test_the_readme_example_reads_them(monkeypatch, capsys):
    folder = resources.files("lara_estimators").joinpath("vectors")
    (code,) = re.findall(r"```python\n(.*?)```", folder.joinpath("README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert "lara" not in code
    monkeypatch.chdir(str(folder))
    exec(compile(code, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 10
    assert all(float(line.split()[1]) < 1000 for line in lines)
