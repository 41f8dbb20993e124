"""``lara-verify replay``: one case of an earlier report again, with the same figures to the bit."""

import json
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

CASE = "reference/ra/unbiased/P1/S=1"
RUN = ("run", "--quick", "--seed", "5", "--only", "reference/ra/unbiased/P1/*", "--workers", "1")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The report of two cases, of whose ids one begins the other (S=1, S=16)."""
    folder = tmp_path_factory.mktemp("made") / "report"
    words = [str(Path(sys.executable).with_name("lara-verify")), *RUN, "--out", str(folder)]
    subprocess.run(words, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture
def report(made, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "report"))


def checks_of(folder):
    return {check["id"]: check for check in msgspec.json.decode((folder / "results.json").read_bytes())["checks"]}


@pytest.fixture
def replay(command, tmp_path):
    (tmp_path / "here").mkdir(exist_ok=True)

    def run(*words, where="report"):
        return subprocess.run(
            [*command, "replay", *words, "--from", str(tmp_path / where)],
            cwd=tmp_path / "here",
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def test_replay_gives_the_same_figures_to_the_bit(report, replay, tmp_path):
    before = {path.name: path.read_bytes() for path in report.iterdir()}
    again = replay(CASE, "--out", str(tmp_path / "again"), "--workers", "2")
    assert (again.returncode, again.stderr) == (0, "")
    first, second = again.stdout.splitlines()[:2]
    assert first.startswith(f"certified  {CASE}  every mean is within")
    assert second.startswith("  same as in the report, to the bit, at ")
    assert {path.name: path.read_bytes() for path in report.iterdir()} == before
    assert not list((tmp_path / "here").iterdir())

    written = msgspec.json.decode((tmp_path / "again" / "results.json").read_bytes())
    (row,) = written["checks"]
    earlier = checks_of(report)[CASE]
    assert {k: v for k, v in row.items() if k != "seconds"} == {k: v for k, v in earlier.items() if k != "seconds"}
    assert CASE in [row["id"] for row in written["ledger"]]
    assert len(written["ledger"]) > 100, "the case's share of the budget is that of the whole run"


def test_replay_of_the_line_in_the_report_is_the_same_case(report, lara_verify):
    earlier = checks_of(report)[CASE]
    program, *words = shlex.split(earlier["replay"])
    assert program == "lara-verify"
    ran = lara_verify(*words, out="pasted")
    assert [check["id"] for check in ran.results["checks"]] == [CASE]
    assert ran.results["checks"][0]["log_e_certify"] == earlier["log_e_certify"]


def test_a_figure_that_differs_is_named(report, replay):
    path = report / "results.json"
    changed = json.loads(path.read_text())
    for check in changed["checks"]:
        check["measured"] = 0.5 if check["id"] == CASE else check["measured"]
    path.write_text(json.dumps(changed))
    again = replay(CASE)
    assert again.returncode == 0
    assert "  differs from the report: measured 0.5 there, " in again.stdout


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("reference/ra/unbiased/P1/S=2", "nearest: reference/ra/unbiased/P1/S=1"),
        ("reference/softmax/unbiased/P1/S=1", "(declared there, and deselected)"),
        ("nothing like it", "has no case 'nothing like it'\n"),
    ],
)
def test_a_case_that_is_not_there_is_answered_with_the_nearest(report, replay, case, said):  # noqa: ARG001
    again = replay(case)
    assert (again.returncode, again.stdout) == (2, "")
    assert said in again.stderr
    assert again.stderr.count("\n") == 1


def test_no_report_is_said_in_one_line(replay):
    again = replay(CASE, where="nowhere")
    assert (again.returncode, again.stdout) == (2, "")
    assert "there is no report at" in again.stderr


@pytest.mark.parametrize("command_line", ["rm -rf x", "lara-verify levels", "lara-verify run --no-such", "'", ""])
def test_a_report_with_a_command_of_another_kind_is_refused(report, replay, command_line):
    path = report / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"command": command_line}))
    again = replay(CASE)
    assert (again.returncode, again.stdout) == (2, "")
    assert "command cannot be replayed" in again.stderr
