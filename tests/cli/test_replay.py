"""``lara-verify replay``: one case of an earlier report again, with the same figures to the bit."""

import json
import subprocess

import msgspec
import pytest

CASE = "reference/ra/unbiased/P1/S=1"
RUN = ("run", "--quick", "--seed", "5", "--only", "reference/ra/*/P1/*", "--workers", "1")


@pytest.fixture
def report(lara_verify):
    """A run of four cases, whose ids contain each other (S=1, S=16)."""
    ran = lara_verify(*RUN)
    assert ran.code == 0, ran.err
    return ran


@pytest.fixture
def replay(command, tmp_path):
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
    before = {path.name: path.read_bytes() for path in report.folder.iterdir()}
    again = replay(CASE, "--out", str(tmp_path / "again"), "--workers", "2")
    assert (again.returncode, again.stderr) == (0, "")
    first, second = again.stdout.splitlines()[:2]
    assert first.startswith(f"certified  {CASE}  every mean is within")
    assert second.startswith("  same as in the report, to the bit, at ")
    assert {path.name: path.read_bytes() for path in report.folder.iterdir()} == before
    assert not list((tmp_path / "here").iterdir())

    written = msgspec.json.decode((tmp_path / "again" / "results.json").read_bytes())
    (row,) = written["checks"]
    (earlier,) = (check for check in report.results["checks"] if check["id"] == CASE)
    assert {k: v for k, v in row.items() if k != "seconds"} == {k: v for k, v in earlier.items() if k != "seconds"}
    assert written["ledger"] == report.results["ledger"]


def test_replay_of_the_line_in_the_report_is_the_same_case(report, lara_verify):
    import shlex

    (earlier,) = (check for check in report.results["checks"] if check["id"] == CASE)
    program, *words = shlex.split(earlier["replay"])
    assert program == "lara-verify"
    ran = lara_verify(*words, out="pasted")
    assert [check["id"] for check in ran.results["checks"]] == [CASE]
    assert ran.results["checks"][0]["log_e_certify"] == earlier["log_e_certify"]


def test_a_figure_that_differs_is_named(report, replay):
    path = report.folder / "results.json"
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


def test_no_report_is_said_in_one_line(lara_verify, replay):  # noqa: ARG001
    again = replay(CASE, where="nowhere")
    assert (again.returncode, again.stdout) == (2, "")
    assert "there is no report at" in again.stderr


@pytest.mark.parametrize("command_line", ["rm -rf x", "lara-verify levels", "lara-verify run --no-such", "'", ""])
def test_a_report_with_a_command_of_another_kind_is_refused(report, replay, command_line):
    path = report.folder / "results.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"command": command_line}))
    again = replay(CASE)
    assert (again.returncode, again.stdout) == (2, "")
    assert "command cannot be replayed" in again.stderr
