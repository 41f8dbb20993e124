"""``lara-verify study``: exit codes, studies.json, table.csv, and what it prints; on one problem and few shards."""

import csv
import json
import sys

import cloudpickle
import pytest

from lara_estimators.reference import RFA
from lara_studies import bias_value, catalogue
from lara_studies.bias_value import BiasValue
from lara_verify.cli import main

RIGHT = BiasValue(RFA, ("P3L-d2",), (1,))
TWO_CELLS = BiasValue(RFA, ("P3L-d2",), (1, 4))


def two_samples(n_samples):  # noqa: ARG001
    return RFA(2)


WRONG = BiasValue(two_samples, ("P3L-d2",), (1,))


@pytest.fixture
def study(monkeypatch, tmp_path, capsys):
    """Run the command on ``one`` study; exit code, folder, standard output, standard error."""
    monkeypatch.setattr(bias_value, "SHARDS", {"quick": 2, "default": 8, "full": 10})
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    folder = tmp_path / "report"

    def run(*words, one=RIGHT):
        monkeypatch.setattr(catalogue, "STUDIES", {"bias_value": one})
        monkeypatch.setattr(sys, "argv", ["lara-verify", "study", *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return end.value.code, folder, printed.out, printed.err

    def run_in_folder(*words, one=RIGHT):
        return run("run", *words, "--workers", "1", "--out", str(folder), one=one)

    run_in_folder.bare = run
    yield run_in_folder
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_a_right_study_is_certified_and_written_as_the_contract_says(study):
    code, folder, out, err = study("bias_value", "--seed", "5")
    assert (code, err) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == ["studies.json", "table.csv"]
    report = json.loads((folder / "studies.json").read_text())
    assert report.keys() == {"schema_version", "verdict", "studies"}
    assert (report["schema_version"], report["verdict"]) == (1, "certified")
    (row,) = report["studies"]
    assert row.keys() == {"name", "verdict", "claims", "cells", "shards", "seconds", "replay"}
    assert (row["name"], row["verdict"], row["cells"], row["shards"]) == ("bias_value", "certified", 1, 8)
    assert row["replay"] == "lara-verify study run bias_value --seed 5"
    (claim,) = row["claims"]
    assert claim.keys() == {"claim", "verdict", "message"}
    assert (claim["claim"], claim["verdict"]) == ("mean_at_n_samples", "certified")
    assert claim["message"].startswith("rfa/P3L-d2/S=1: bias of output[1, 2] is -0.05")
    assert out.splitlines()[-1] == f"  report: {folder / 'studies.json'}"
    assert f"certified  mean_at_n_samples  {claim['message']}" in out
    assert "\x1b" not in out


def test_the_table_has_a_line_a_measure(study):
    _, folder, _, _ = study("bias_value", "--quick")
    with (folder / "table.csv").open() as file:
        bias, mse = csv.DictReader(file)
    assert (bias["study"], bias["method"], bias["problem"], bias["n_samples"]) == ("bias_value", "rfa", "P3L-d2", "1")
    assert (bias["measure"], mse["measure"], bias["of"]) == ("bias", "mse", "output[1, 2]")
    assert bias["n_replicates"] == str(2 * 8192)
    assert float(bias["exact"]) == pytest.approx(-0.0514, abs=1e-4)
    assert 0 < float(bias["mcse"]) < 1e-3


def test_a_wrong_rfa_ends_in_exit_code_1(study):
    code, folder, out, _ = study("bias_value", one=WRONG)
    assert code == 1
    assert json.loads((folder / "studies.json").read_text())["verdict"] == "refuted"
    assert "were every mean the exact one, at most one run in 1 million says this" in out
    assert "  again: lara-verify study run bias_value\n" in out


def test_too_few_replicates_end_in_exit_code_3(study):
    code, _, out, _ = study("bias_value", "--quick", one=BiasValue(RFA, ("P3L-d2",), (64,)))
    assert code == 3
    assert "replicates would show it" in out


def test_a_time_limit_ends_undecided(study):
    code, folder, _, _ = study("bias_value", "--time-limit", "0.001")
    assert code == 3
    assert json.loads((folder / "studies.json").read_text())["studies"][0]["shards"] == 0


def test_the_same_command_writes_the_same_table(study, tmp_path):
    written, out = [], tmp_path / "report"
    for workers in ("1", "2"):
        _, folder, _, _ = study.bare("run", "bias_value", "--quick", "--workers", workers, "--out", str(out))
        written.append((folder / "table.csv").read_bytes())
    assert written[0] == written[1]


def test_only_picks_cells_and_is_repeated(study):
    _, folder, _, _ = study("bias_value", "--only", "*/S=4", one=TWO_CELLS)
    (row,) = json.loads((folder / "studies.json").read_text())["studies"]
    assert (row["cells"], row["replay"]) == (1, "lara-verify study run bias_value --only '*/S=4'")


def test_list_runs_nothing(study):
    code, folder, out, _ = study("bias_value", "--list", "--full")
    assert (code, out) == (0, "rfa/P3L-d2/S=1  81,920 replicates in 10 shards\n")
    assert not folder.exists()
    code, _, out, _ = study.bare("list")
    assert (code, out) == (0, "bias_value  Is rfa's mean at S the one that theory gives?\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "expects the name of a study; there are bias_value"),
        (("bias",), "there is no study 'bias'; there are bias_value"),
        (("bias_value", "--only", "nothing"), "--only nothing matches no cell"),
        (("bias_value", "--dtype", "float32"), "--dtype has no meaning for studies"),
        (("bias_value", "--quick", "--full"), "--quick and --full exclude each other"),
        (("bias_value", "--nonsense"), "nonsense"),
    ],
)
def test_wrong_usage_is_said_in_one_line(study, words, said):
    code, folder, out, err = study(*words)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
    assert not folder.exists()


def test_a_strangers_folder_is_left_alone(study, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "thesis.tex").write_text("mine")
    code, _, out, err = study("bias_value")
    assert (code, out) == (2, "")
    assert "holds files and no report of lara-verify" in err
    assert (folder / "thesis.tex").read_text() == "mine"
