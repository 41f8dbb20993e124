"""Every file that a command writes is valid by the schema that ``lara-verify schema`` prints."""

import subprocess

import msgspec
import numpy as np
import pytest
from jsonschema import Draft202012Validator

FAST = ["--quick", "--workers", "1"]


@pytest.fixture
def schema(command):
    """What the command prints for a name."""

    def printed(name):
        return subprocess.run([*command, "schema", name], capture_output=True, text=True, timeout=60, check=False)

    return printed


@pytest.fixture
def is_valid(schema):
    """Refuse a report's file that its schema does not allow."""

    def valid(ran, name, codes=(0,)):
        assert ran.code in codes, ran.err
        file = f"{name}.json"
        report = msgspec.json.decode((ran.folder / file).read_bytes())
        Draft202012Validator(msgspec.json.decode(schema(file).stdout)).validate(report)
        return report

    return valid


def test_run(lara_verify, is_valid):
    report = is_valid(lara_verify("run", *FAST, "--only", "reference/mean_value/bounded/P0"), "results")
    assert {check["verdict"] for check in report["checks"]} == {"certified"}


def test_check_of_something_wrong_with_its_cause(lara_verify, is_valid, stranger):
    ran = lara_verify("check", stranger("wrong:zeros"), "--as", "ra", *FAST, "--only", "unbiased/P0")
    report = is_valid(ran, "results", codes=(1,))
    assert report["diagnosis"]


def test_check_that_is_cut_short(lara_verify, is_valid, stranger):
    ran = lara_verify("check", stranger("right:ra"), "--as", "ra", *FAST, "--only", "P5", "--time-limit", "0.01")
    assert is_valid(ran, "results", codes=(3,))["verdict"] == "undecided"


def test_levels(lara_verify, is_valid):
    assert is_valid(
        lara_verify("levels", *FAST, "--only", "coordinates/bernoulli(.02)", "--time-limit", "1"), "levels", (0, 3)
    )


def test_faults(lara_verify, is_valid):
    assert is_valid(lara_verify("faults", *FAST, "--only", "fault:zeros/ra"), "faults")["faults"]


def test_studies(lara_verify, is_valid):
    ran = lara_verify("study", "run", "bias_value", *FAST, "--time-limit", "1")
    assert is_valid(ran, "studies", codes=(0, 3))["studies"]


def test_regime(lara_verify, is_valid, tmp_path):
    rng = np.random.default_rng(0)
    q, k = rng.standard_normal((2, 2, 12, 8))
    np.savez(tmp_path / "heads.npz", q=q, k=k)
    assert len(is_valid(lara_verify("regime", str(tmp_path / "heads.npz")), "regime")["heads"]) == 2


def test_a_name_that_there_is_none_of_is_told_in_one_sentence(schema):
    printed = schema("sorcery")
    assert printed.returncode == 2
    assert printed.stdout == ""
    assert printed.stderr == (
        "lara-verify: there is no schema of 'sorcery'; expected one of results, levels, faults, studies, regime\n"
    )
