"""A command under GitHub Actions: the same exit code and report, and what GitHub reads."""

import pytest

NAMES = ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE")
CHECK = ("--as", "ra", "--quick", "--workers", "1", "--only", "unbiased/P0/S=1")


@pytest.fixture(autouse=True)
def _at_home(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_a_refuted_check_is_told_to_github(lara_verify, stranger, tmp_path, monkeypatch):
    summary, target = tmp_path / "summary.md", stranger("wrong:zeros")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("GITHUB_WORKSPACE", target.rpartition("/")[0])
    ran = lara_verify("check", target, *CHECK)
    assert ran.code == 1
    (line,) = [line for line in ran.out.splitlines() if line.startswith("::")]
    assert line.startswith("::error file=wrong.py,title=refuted%3A candidate/ra/unbiased/P0/S=1::mean of output")
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("## lara-verify: refuted\n")
    assert "| zeros | the output is zero" in text


def test_a_summary_that_cannot_be_written_changes_no_exit_code(lara_verify, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    ran = lara_verify("run", "--quick", "--only", "reference/mean_value/bounded/P0")
    assert ran.code == 0
    assert ran.results["verdict"] == "certified"
    assert ran.err.count("\n") == 1
    assert not [line for line in ran.out.splitlines() if line.startswith("::")]
