"""Checking code as it is: the options, a table in pyproject.toml, and replaying what they led to."""

import subprocess

import pytest

ONE = ["--quick", "--only", "*/protocol/P6-small/*"]
LAYOUT = ["--layout", "bnhd", "--n-samples-arg", "n_features", "--seed-by", "generator", "--seed-arg", "rng"]

TABLE = """
[tool.lara-verify.candidates.ours]
target = "{target}"
as = "rfa"
scale = "one"
columns = "d"
n-samples-arg = ""
seed-by = "global"
[tool.lara-verify.candidates.ours.init]
dim = "{{d}}"
n_features = "{{n_samples}}"
spread = 1.0
"""


def test_options_and_their_replay(lara_verify, stranger):
    ran = lara_verify("check", stranger("as_it_is:heads_last"), "--as", "rfa", *LAYOUT, *ONE)
    assert ran.code == 0, ran.out + ran.err
    (row,) = ran.results["checks"]
    assert row["verdict"] == "certified"
    assert "--layout bnhd --n-samples-arg n_features" in ran.results["command"]
    again = lara_verify("replay", row["id"], "--from", str(ran.folder), out="again")
    assert again.code == 0, again.err
    assert "same as in the report" in again.out


def test_a_table_in_pyproject_says_the_same(lara_verify, stranger, tmp_path):
    table = TABLE.format(target=stranger("as_it_is:Attention"))
    (tmp_path / "here" / "pyproject.toml").write_text(table)
    ran = lara_verify("check", "ours", *ONE)
    assert ran.code == 0, ran.out + ran.err
    assert "--init 'dim={d}' --init 'n_features={n_samples}' --init spread=1.0" in ran.results["command"]
    refused = lara_verify("check", "ours", "--as", "ra", *ONE)
    assert refused.code == 2
    assert "expected no more than its name" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--as", "rfa", "--layout", "xyz"], "--layout is 'xyz'"),
        (["--as", "rfa", "--init", "dim"], "--init is 'dim'; expected NAME=VALUE"),
        ([], "--as is missing; expected ra, rfa, lara or lara[WEIGHTING]"),
    ],
)
def test_mistakes_are_named(lara_verify, stranger, words, said):
    ran = lara_verify("check", stranger("right:ra"), *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[tool.lara-verify.candidates.ours]\nas = 'ra'", "has no target"),
        ("[tool.lara-verify.candidates.ours]\ntarget = 'a:b'\nas = 'ra'\nlay = 'nd'", "has 'lay'; expected target"),
        ("[tool.lara-verify.candidates.ours]\ntarget = 'a:b'\nas = 'ra'\ninit = 'x'", "init of [tool.lara-verify."),
        ("[tool.lara-verify.candidates.ours]\ntarget = 'a:b'\nas = 'ra'\nlayout = 3", "is 3; expected a string"),
        ("[tool.lara-verify.candidates]\nours = 3", "is no table"),
        ("[tool", "cannot be read"),
    ],
)  # fmt: skip
def test_mistakes_in_the_table_are_named(command, tmp_path, table, said):
    (tmp_path / "pyproject.toml").write_text(table)
    ran = subprocess.run(
        [*command, "check", "ours"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.returncode == 2
    assert said in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
