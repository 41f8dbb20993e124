"""``lara-verify levels``: exit codes, levels.json, and what it prints; on few rows and few sequences."""

import json
import math
import re
import sys

import cloudpickle
import numpy as np
import pytest

from lara_verify.cli import main
from lara_verify.levels import measure as measuring
from lara_verify.levels import rows as declared
from lara_verify.levels.rows import BEYOND_TOLERANCE, NULLS, Row
from lara_verify.levels.statistics import CERTIFICATE, COORDINATES, Statistic

KEYS = {"statistic", "law", "kind", "nominal", "sequences", "errors", "upper"}


class FollowsTheCrowd:
    """Evidence that grows with the distance of the mean from zero, of which no Markov or Ville ever heard."""

    def __init__(self, bounds):
        self.total, self.n = 0.0, 0

    def update(self, block):
        self.total, self.n = self.total + block.sum(axis=0), self.n + len(block)

    def log_e(self):
        return float(np.abs(self.total).max()) / math.sqrt(self.n) * 20


WRONG = Row(Statistic("crowd", "refute", FollowsTheCrowd, FollowsTheCrowd.log_e), NULLS[1])
RIGHT = (Row(COORDINATES, NULLS[1]), Row(CERTIFICATE, BEYOND_TOLERANCE[0]))


@pytest.fixture
def levels(monkeypatch, tmp_path, capsys):
    """Run the command on ``rows`` at 300 sequences; exit code, folder, standard output, standard error."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    monkeypatch.setattr(measuring, "SEQUENCES", {"quick": 300, "default": 310, "full": 320})
    folder = tmp_path / "report"

    def run(*words, rows=RIGHT, workers=1):
        monkeypatch.setattr(declared, "ROWS", rows)
        common = ["--workers", str(workers), "--out", str(folder)]
        monkeypatch.setattr(sys, "argv", ["lara-verify", "levels", *common, *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return end.value.code, folder, printed.out, printed.err

    yield run
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def test_right_statistics_are_certified_and_written_as_the_contract_says(levels):
    code, folder, out, err = levels("--quick")
    assert (code, err) == (0, "")
    report = json.loads((folder / "levels.json").read_text())
    assert {key: report[key] for key in ("schema_version", "verdict")} == {"schema_version": 1, "verdict": "certified"}
    assert [row.keys() for row in report["levels"]] == [KEYS] * 4
    assert [(row["statistic"], row["kind"], row["nominal"]) for row in report["levels"]] == [
        ("coordinates", "refute", 0.05),
        ("coordinates", "refute", 0.01),
        ("certificate", "certify", 0.05),
        ("certificate", "certify", 0.01),
    ]
    assert {row["sequences"] for row in report["levels"]} == {300}
    assert all(row["errors"] / 300 <= row["upper"] <= 1 for row in report["levels"])
    lines = out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["certified"] * 4
    assert lines[-2].startswith("certified  4 of 4 rows as declared")
    assert lines[-1] == f"  report: {folder / 'levels.json'}"
    assert "\x1b" not in out


def test_a_wrong_statistic_ends_in_exit_code_1(levels):
    code, folder, out, _ = levels("--quick", "--seed", "3", rows=(*RIGHT, WRONG))
    assert code == 1
    assert json.loads((folder / "levels.json").read_text())["verdict"] == "refuted"
    assert len(re.findall("^refuted ", out, re.M)) == 3  # at both nominals, and the verdict of all
    assert "declared: at most 1%" in out
    assert "again: lara-verify levels --quick --seed 3 --only 'crowd/bernoulli(.02)'" in out


def test_the_same_command_writes_the_same_bytes(levels):
    written = []
    for workers in (1, 2):
        _, folder, _, _ = levels(workers=workers)
        written.append((folder / "levels.json").read_bytes())
    assert written[0] == written[1]


def test_only_and_list(levels):
    code, folder, out, _ = levels("--list", "--only", "certificate")
    assert (code, out) == (0, "certificate/bernoulli(.02), above  310 sequences at 0.05 and 0.01\n")
    assert not folder.exists()
    code, folder, _, _ = levels("--only", "coord*")
    assert code == 0
    assert {row["statistic"] for row in json.loads((folder / "levels.json").read_text())["levels"]} == {"coordinates"}


def test_a_time_limit_ends_undecided(levels):
    code, folder, out, _ = levels("--time-limit", "0.001")
    assert code == 3
    assert json.loads((folder / "levels.json").read_text())["verdict"] == "undecided"
    assert "310 were not simulated" in out


def test_an_interrupt_reports_what_was_finished(levels, monkeypatch, one_then_an_interrupt):
    monkeypatch.setattr(measuring, "run_all", one_then_an_interrupt)
    code, folder, out, _ = levels()
    assert code == 130
    assert [row["sequences"] for row in json.loads((folder / "levels.json").read_text())["levels"]] == [250, 250, 0, 0]
    assert "interrupted; 0 of 4 rows as declared" in out


def test_a_strangers_folder_is_left_alone(levels, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "levels.json").write_text('{"levels": [1, 2]}')
    code, _, out, err = levels()
    assert (code, out) == (2, "")
    assert "holds files and no report of lara-verify" in err
    assert (folder / "levels.json").read_text() == '{"levels": [1, 2]}'


def test_a_report_of_another_command_is_replaced(levels, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "results.json").write_text('{"schema_version": 2, "verdict": "certified", "checks": [], "newer": 1}')
    code, folder, _, _ = levels()
    assert code == 0
    assert [path.name for path in folder.iterdir()] == ["levels.json"]
    assert not [path for path in tmp_path.iterdir() if path != folder]
