"""``lara-verify run``: lists, runs, reports, replaces its own report."""

import re

CASE = "reference/mean_value/bounded/P0/S=1"


def test_list_names_cases_and_runs_nothing(lara_verify):
    ran = lara_verify("run", "--quick", "--list", "--only", "reference/*")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert ran.err == ""
    assert CASE + "  256 replicates  any violation seen" in lines
    detects = r"(any violation seen|a ratio of .+|[\d.]+% of the values' range)"
    pattern = r"reference/\S+/\S+/\S+/S=\d+  [\d,]+ replicates  " + detects
    assert all(re.fullmatch(pattern, line) for line in lines), lines
    assert not ran.folder.exists()


def test_a_run_prints_plain_unwrapped_lines_and_replaces_its_report(lara_verify, tmp_path):
    ran = lara_verify("run", "--quick", "--only", CASE)
    assert ran.code == 0
    assert ran.err == ""
    assert "\x1b" not in ran.out
    (line,) = [line for line in ran.out.splitlines() if CASE in line]
    assert line.startswith("certified")
    assert line.endswith("replicates)")
    assert len(line) > 100
    assert [row["id"] for row in ran.results["checks"]] == [CASE]
    assert len(ran.results["ledger"]) > 50
    again = lara_verify("run", "--quick", "--seed", "5", "--only", CASE)
    assert again.code == 0
    assert again.results["seed"] == 5
    assert sorted(p.name for p in tmp_path.iterdir()) == ["here", "report"]


def test_the_report_may_go_to_the_current_folder(lara_verify):
    ran = lara_verify("run", "--quick", "--only", CASE, out="here")
    assert ran.code == 0
    assert ran.results["verdict"] == "certified"
