"""``lara-verify diff``: plain lines, and exit codes that a CI job can act on."""

import json

import pytest

from lara_verify.cli import main

CHECK = {
    "source": "reference",
    "estimator": "ra",
    "claim": "unbiased",
    "n_samples": 16,
    "seed": 0,
    "message": "as said",
    "n_replicates": 400,
    "planned_replicates": 400,
    "tolerance": None,
    "tolerance_share": None,
    "measured": None,
    "expected": None,
    "log_e_refute": None,
    "log_e_certify": None,
    "hidden": None,
    "figures": {},
    "seconds": 1.0,
    "replay": "lara-verify run",
}
REPORT = {
    "schema_version": 1,
    "tool_version": "0.1.0",
    "command": "lara-verify run",
    "verdict": "certified",
    "alpha": 1e-6,
    "beta": 1e-6,
    "profile": "default",
    "seed": 0,
    "seconds": 1.0,
    "environment": {"python": "3", "numpy": "2", "torch": None, "platform": "", "device": "cpu", "cpu_count": 1},
    "ledger": [],
    "diagnosis": [],
    "coverage_note": "",
}


@pytest.fixture
def diff(tmp_path, monkeypatch, capsys):
    """Compare two reports of verdicts by problem; exit code, standard output, standard error."""

    def write(name, verdicts):
        folder = tmp_path / name
        folder.mkdir()
        checks = [
            CHECK | {"id": f"reference/ra/unbiased/{p}/S=16", "problem": p, "verdict": v} for p, v in verdicts.items()
        ]
        report = REPORT | {"checks": checks, "field_of_a_later_version": 1}
        (folder / "results.json").write_text(json.dumps(report))
        return folder

    def run(*words):
        paths = [str(write(f"report{i}", w) if isinstance(w, dict) else w) for i, w in enumerate(words)]
        monkeypatch.setattr("sys.argv", ["lara-verify", "diff", *paths])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return end.value.code, printed.out, printed.err

    return run


def test_equal_reports_differ_in_nothing(diff):
    code, out, err = diff({"P1": "certified"}, {"P1": "certified"})
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "no verdict differs"


def test_a_loss_is_named_and_exits_with_1(diff):
    code, out, _ = diff({"P1": "certified", "P2": "refuted"}, {"P1": "refuted", "P2": "certified", "P3": "certified"})
    assert code == 1
    assert [line.split()[0] for line in out.splitlines()] == ["before", "after", "LOST", "changed", "appeared", "1"]
    assert "reference/ra/unbiased/P1/S=16  certified -> refuted: as said" in out
    assert "\x1b" not in out


def test_any_other_difference_exits_with_3(diff):
    code, out, _ = diff({"P1": "undecided"}, {"P1": "certified"})
    assert (code, out.splitlines()[-1]) == (3, "1 changed")


def test_a_file_may_be_named_in_place_of_its_folder(diff, tmp_path):
    code, _, _ = diff({"P1": "certified"}, tmp_path / "report0" / "results.json")
    assert code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no report at"),
        (b"{", "is no report of lara-verify"),
        (b"[]", "is no report of lara-verify"),
        (json.dumps(REPORT).encode(), "missing required field `checks`"),
        (json.dumps(REPORT | {"checks": [], "schema_version": 0}).encode(), "schema_version 0"),
    ],
)
def test_what_is_no_report_is_refused_in_one_line(diff, tmp_path, content, said):
    path = tmp_path / "there.json"
    if content is not None:
        path.write_bytes(content)
    code, out, err = diff({"P1": "certified"}, path)
    assert (code, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1
