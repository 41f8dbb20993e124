"""``python -m lara_studies.cost``: a run of seconds, and what it says of bad input."""

import csv
import importlib.util
import subprocess
import sys

import pytest

from lara_studies.cost import command
from lara_studies.cost.command import main
from lara_studies.cost.folder import OURS, PICTURE
from lara_studies.cost.fresh_process import environment
from lara_studies.cost.options import Options
from lara_studies.cost.rows import CostRow

TINY = ["--sizes", "64,96,128", "--n-rounds", "2", "--threads", "1"]


@pytest.mark.usefixtures("devices")
def test_a_run_prints_tables_and_writes_them(tmp_path, capsys):
    folder = tmp_path / "cost"
    assert main([*TINY, "--out", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert {path.name for path in folder.iterdir()} | {PICTURE} == OURS
    assert (folder / "cost.txt").read_text(encoding="utf-8") in printed
    assert "1 threads" in printed

    with (folder / "cost.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == CostRow._fields
    measured = {(row["method"], row["step"], int(row["n"])) for row in rows if not row["skipped"]}
    for method in ("rfa", "lara[balance]", "lara[query-clamped]", "ra", "softmax (SDPA)", "bare", "bare, 512 rows"):
        for step in ("forward", "forward+backward"):
            assert {(method, step, n) for n in (64, 96, 128)} <= measured
    with (folder / "rounds.csv").open(encoding="utf-8", newline="") as file:
        rounds = list(csv.DictReader(file))
    assert {row["round"] for row in rounds} == {"1", "2"}
    assert all(float(row["seconds"]) > 0 for row in rounds)

    # the same folder again, one part alone: what is no longer true is gone
    assert main([*TINY, "--only", "monte-carlo", "--out", str(folder)]) == 0
    text = (folder / "cost.txt").read_text(encoding="utf-8")
    assert "Monte Carlo" in text
    assert "Long sequences" not in text
    assert not (folder / PICTURE).exists()


def test_help_names_every_option(capsys):
    assert main(["--help"]) == 0
    printed = capsys.readouterr().out
    for name in Options.__dataclass_fields__:
        assert f"--{name.replace('_', '-')}" in printed


def test_the_module_runs_and_its_help_loads_nothing_heavy():
    script = (
        "import sys, runpy; sys.argv = ['cost', '--help']\n"
        "try: runpy.run_module('lara_studies.cost', run_name='__main__')\n"
        "except SystemExit as end: assert not end.code\n"
        "print('loaded:', *({'torch', 'scipy.stats', 'statsmodels', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.splitlines()[-1] == "loaded:"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sizes", "32"], "--sizes has '32'; expected whole numbers of at least 64"),
        (["--sizes", "1024,many"], "--sizes has 'many'"),
        (["--sizes", ""], "--sizes has ''"),
        (["--n-rounds", "0"], "--n-rounds is 0; expected at least 1"),
        (["--threads", "-1"], "--threads is -1; expected at least 1"),
        (["--seed", "-1"], "--seed is -1; expected a non-negative integer"),
        (["--longest-call", "0"], "--longest-call is 0; expected a positive number"),
        (["--longest-call", "nan"], "--longest-call is nan; expected a positive number"),
        (["--device", "abacus"], "--device is 'abacus'; expected cpu or cuda"),
        (["--only", "neither"], "neither"),
        (["--rounds", "3"], "--rounds"),
        (["extra"], "extra"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(words, said, capsys, tmp_path):
    assert main([*words, "--out", str(tmp_path / "cost")]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert not (tmp_path / "cost").exists()


def test_a_device_that_is_not_there_is_refused(capsys, tmp_path, devices):
    device = f"cuda:{len(devices)}"
    assert main(["--device", device, "--out", str(tmp_path / "cost")]) == 2
    assert f"--device {device} cannot be used: " in capsys.readouterr().err


def test_files_of_others_are_left_alone(capsys, tmp_path):
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    assert main([*TINY, "--out", str(tmp_path)]) == 2
    assert "holds thesis.tex, which this command did not write" in capsys.readouterr().err
    assert main([*TINY, "--out", str(tmp_path / "thesis.tex")]) == 2
    assert "is a file; expected a folder" in capsys.readouterr().err


def test_without_torch_it_says_what_to_install(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert main([*TINY, "--out", str(tmp_path / "cost")]) == 2
    assert "pip install 'lara-verify[torch]'" in capsys.readouterr().err


def test_a_process_that_fails_is_an_error_of_ours(capsys, tmp_path, monkeypatch):
    def fails(part, setting):
        raise command.MeasuringError(f"the process that measures {part} ended with code {setting.n_threads}")

    monkeypatch.setattr(command, "measured", fails)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: sys)
    assert main([*TINY, "--out", str(tmp_path / "cost")]) == 4
    assert "ended with code 1; this is an error of ours" in capsys.readouterr().err


def test_threads_are_set_for_every_library_and_wait_asleep():
    found = environment(3)
    assert {found[name] for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")} == {"3"}
    assert found["OMP_WAIT_POLICY"] == "PASSIVE"


def test_the_command_is_spelled_as_typed():
    assert Options().spelled() == "python -m lara_studies.cost"
    assert Options(quick=True, n_rounds=3).spelled() == "python -m lara_studies.cost --quick --n-rounds 3"
