"""``lara-verify estimators``: the table and its exit codes."""

import subprocess


def run(command, *words):
    return subprocess.run([*command, "estimators", *words], capture_output=True, text=True, timeout=300, check=False)


def test_the_table_and_its_last_line(command):
    ran = run(command, "--only", "exact_plus_tail")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    lines = ran.stdout.splitlines()
    assert lines[0].split() == ["estimator", "reference", "torch", "cross-check", "gradient", "oracle"]
    assert [line.split()[0] for line in lines[1:3]] == ["exact_plus_tail", "exact_plus_tail[given]"]
    assert lines[-1] == "2 rows: every cell is filled, none is wrong"


def test_a_name_that_matches_nothing_is_a_mistake(command):
    ran = run(command, "--only", "performer")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "lara-verify: --only 'performer' matches no estimator\n"
