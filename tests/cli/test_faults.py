"""``lara-verify faults``: exit codes, faults.json, the page, and what it prints; on few members and cheap claims."""

import json
import re
import sys

import cloudpickle
import pytest

from lara_estimators import ClaimName
from lara_verify.cli import main
from lara_verify.faults import Fault
from lara_verify.faults.ra.stepwise import StepwiseRA
from lara_verify.faults.trivial import Fixed, zeros
from lara_verify.kills import matrix as filling
from lara_verify.kills import members as declared
from lara_verify.kills.members import Member

KEYS = {"name", "role", "breaks", "keeps", "refuted", "n_replicates", "seconds", "survivors", "verdict"}
BOUNDED, PROTOCOL = ClaimName.BOUNDED, ClaimName.PROTOCOL


def member(role, name, breaks, keeps, build):
    return Member(role, Fault(name, "the output is <b>zero</b>", "compute it", "ra", breaks, keeps, build))


def zero(n_samples, _):
    return Fixed(n_samples, zeros, "ra")


def right(n_samples, _):
    return StepwiseRA(n_samples)


ZEROS = member("fault", "zeros", (BOUNDED,), (PROTOCOL,), zero)
ITSELF = member("equivalent", "itself", (), (PROTOCOL, BOUNDED), right)
KEEPS_WHAT_IT_BREAKS = member("fault", "misjudged", (ClaimName.UNBIASED,), (PROTOCOL, BOUNDED), zero)
NO_FAULT = member("fault", "innocent", (BOUNDED,), (PROTOCOL,), right)
AS_DECLARED = (ZEROS, ITSELF)


@pytest.fixture
def faults(monkeypatch, tmp_path, capsys):
    """Run the command on ``rows``; exit code, folder, standard output, standard error."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    folder = tmp_path / "report"

    def run(*words, rows=AS_DECLARED, workers=1):
        monkeypatch.setattr(declared, "members", lambda: rows)
        common = ["--workers", str(workers), "--out", str(folder)]
        monkeypatch.setattr(sys, "argv", ["lara-verify", "faults", *common, *words])
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        return end.value.code, folder, printed.out, printed.err

    yield run
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


def read(folder):
    return json.loads((folder / "faults.json").read_text())


def without_seconds(report):
    return [{key: value for key, value in row.items() if key != "seconds"} for row in report["faults"]]


def test_what_comes_as_declared_is_written_as_the_contract_says(faults):
    code, folder, out, err = faults("--quick")
    assert (code, err) == (0, "")
    report = read(folder)
    assert report.keys() == {"schema_version", "verdict", "faults"}
    assert (report["schema_version"], report["verdict"]) == (1, "certified")
    broken, unusual = report["faults"]
    assert broken.keys() == unusual.keys() == KEYS
    assert broken["seconds"] > 0
    assert without_seconds(report)[0] == {
        "name": "zeros",
        "role": "fault",
        "breaks": ["bounded"],
        "keeps": ["protocol"],
        "refuted": ["bounded"],
        "n_replicates": {"protocol": broken["n_replicates"]["protocol"], "bounded": 16},
        "survivors": None,
        "verdict": "certified",
    }
    assert (unusual["role"], unusual["refuted"], unusual["verdict"]) == ("equivalent", [], "certified")
    assert set(unusual["n_replicates"]) == {"protocol", "bounded"}
    assert {path.name for path in folder.iterdir()} == {"faults.json", "faults.html"}
    assert "\x1b" not in out


def test_the_matrix_is_a_line_a_row(faults):
    _, folder, out, _ = faults("--quick")
    head, broken, unusual = out.splitlines()[:3]
    assert head.split() == ["protocol", "bounded"]
    assert broken.split() == ["certified", "fault:zeros/ra", ".", "16"]
    assert unusual.split() == ["certified", "equivalent:itself/ra", ".", "."]
    assert len({len(line) for line in (head, broken, unusual)}) == 1
    assert "certified  2 of 2 rows as declared" in out
    assert out.splitlines()[-1] == f"  report: {folder / 'faults.json'}, {folder / 'faults.html'}"


@pytest.mark.parametrize(
    ("row", "cell", "said"),
    [
        (KEEPS_WHAT_IT_BREAKS, "16!", "bounded is refuted, which it keeps: output"),
        (NO_FAULT, "survived", "refuted on nothing that it breaks: bounded in"),
    ],
    ids=["keeps-what-it-breaks", "no-fault"],
)
def test_a_fault_declared_wrongly_ends_in_exit_code_1(faults, row, cell, said):
    code, folder, out, _ = faults("--quick", "--seed", "2", rows=(*AS_DECLARED, row))
    assert code == 1
    assert read(folder)["verdict"] == "refuted"
    assert [row["verdict"] for row in read(folder)["faults"]] == ["certified", "certified", "refuted"]
    assert f"  {row.id}: {said}" in out
    assert f"    again: lara-verify faults --quick --seed 2 --only {row.id}" in out
    (line,) = (line for line in out.splitlines() if line.startswith(f"refuted    {row.id}"))
    assert cell in line.split()


def test_the_same_command_finds_the_same(faults):
    found = [without_seconds(read(faults("--quick", workers=workers)[1])) for workers in (1, 2)]
    assert found[0] == found[1]


def test_what_is_right_is_judged_at_as_many_seeds_as_the_profile_says(faults, monkeypatch):
    monkeypatch.setattr(filling, "SEEDS", {"quick": 1, "default": 2})
    withstood = [read(faults(*words, rows=(ITSELF,))[1])["faults"][0]["n_replicates"] for words in (("--quick",), ())]
    assert {claim: 2 * n for claim, n in withstood[0].items()} == withstood[1]


def test_only_and_list(faults):
    code, folder, out, _ = faults("--list")
    assert (code, out.splitlines()) == (
        0,
        [
            "fault:zeros/ra  breaks bounded; keeps protocol",
            "equivalent:itself/ra  breaks nothing; keeps protocol, bounded",
        ],
    )
    assert not folder.exists()
    code, folder, _, _ = faults("--quick", "--only", "zer")
    assert code == 0
    assert [row["name"] for row in read(folder)["faults"]] == ["zeros"]


def test_the_page_shows_every_row_and_escapes_what_it_is_told(faults):
    _, folder, _, _ = faults("--quick", rows=(*AS_DECLARED, NO_FAULT))
    page = (folder / "faults.html").read_text()
    assert re.findall(r'<a href="#row-\d+">(.*?)</a>', page) == ["zeros", "innocent", "itself"]
    assert page.count('<th scope="row">') == 3
    assert "refuted after 16 replicates" in page
    assert "broken, not refuted in" in page
    assert "<b>zero</b>" not in page
    assert "The output is &lt;b&gt;zero" in page
    assert "<script" not in page
    assert "default-src 'none'" in page.replace("&#39;", "'")


def test_a_time_limit_ends_undecided(faults):
    code, folder, out, _ = faults("--quick", "--time-limit", "0.001")
    assert code == 3
    assert read(folder)["verdict"] == "undecided"
    assert "undecided  0 of 2 rows as declared" in out


def test_an_interrupt_reports_what_was_finished(faults, monkeypatch, one_then_an_interrupt):
    monkeypatch.setattr(filling, "run_all", one_then_an_interrupt)
    code, folder, out, _ = faults("--quick")
    assert code == 130
    assert [row["verdict"] for row in read(folder)["faults"]] == ["certified", "undecided"]
    assert "interrupted; 1 of 2 rows as declared" in out


def test_causes_are_named_where_asked(faults, monkeypatch):
    from lara_verify.diagnosis import Diagnosis

    monkeypatch.setattr(filling, "diagnose", lambda *_, **__: (Diagnosis(ZEROS.fault, ()),))
    code, folder, out, _ = faults("--quick", "--diagnose")
    assert code == 0
    assert [row["survivors"] for row in read(folder)["faults"]] == [["zeros"], None]
    assert "  cause of fault:zeros/ra: zeros" in out


def test_a_report_of_faults_is_replaced_and_a_strangers_folder_left_alone(faults, tmp_path):
    assert faults("--quick")[0] == 0
    assert faults("--quick", "--only", "zeros")[0] == 0
    (tmp_path / "report" / "notes.txt").write_text("mine")
    code, folder, out, err = faults("--quick")
    assert (code, out) == (2, "")
    assert "notes.txt, which lara-verify did not write" in err
    assert len(read(folder)["faults"]) == 1
