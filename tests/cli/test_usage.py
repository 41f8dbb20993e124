"""Mistakes of the caller: exit code 2, one sentence, nothing written, nothing run."""

import pytest


def refused(ran, said):
    assert ran.code == 2
    assert ran.err.startswith("lara-verify: ")
    assert said in ran.err
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err
    assert ran.out == ""
    return True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["frobnicate"], "frobnicate"),
        (["run", "--frobnicate"], "--frobnicate"),
        (["run", "--seed", "soon"], "--seed"),
        (["run", "--seed", "-1"], "--seed is -1; expected a non-negative integer"),
        (["run", "--alpha", "0"], "--alpha is 0; expected a probability between 0 and 1"),
        (["run", "--beta", "2"], "--beta is 2; expected a probability between 0 and 1"),
        (["run", "--workers", "0"], "--workers is 0; expected at least 1"),
        (["run", "--time-limit", "0"], "--time-limit is 0; expected a positive number of seconds"),
        (["run", "--quick", "--full"], "--quick and --full exclude each other"),
        (["run", "--dtype", "float8"], "--dtype is float8; expected float16, bfloat16, float32 or float64"),
        (["run", "--only", "no such case"], "--only 'no such case' matches none of the "),
        (["check"], "TARGET"),
        (["check", "x.py:f"], "--as"),
        (["check", "x.py:f", "--as", "ra"], "there is no file x.py"),
        (["check", "x.py:f", "--as", "sorcery"], "x.py"),
        (["check", "x.py", "--as", "ra"], "'x.py' names no function; expected path/to/file.py:name"),
        (["check", "math:no", "--as", "ra"], "there is no 'no' in math"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(lara_verify, words, said):
    ran = lara_verify(*words)
    assert refused(ran, said)
    assert not ran.folder.exists()


@pytest.mark.parametrize("command_name", ["faults", "levels"])
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--only", "nothing"], "--only nothing matches none of the "),
        (["--alpha", ".01"], "--alpha has no meaning for "),
        (["--beta", ".01"], "--beta has no meaning for "),
        (["--dtype", "float32"], "--dtype has no meaning for "),
        (["--quick", "--full"], "--quick and --full exclude each other"),
        (["--time-limit", "0"], "--time-limit is 0; expected a positive number of seconds"),
        (["nonsense"], "nonsense"),
    ],
)
def test_a_panel_takes_no_option_that_it_has_no_use_for(lara_verify, command_name, words, said):
    ran = lara_verify(command_name, *words)
    assert refused(ran, said)
    assert not ran.folder.exists()


@pytest.mark.parametrize(
    ("short", "words", "said"),
    [
        ("with_import_error:ra", ["--as", "ra"], "failed: there is no module 'a_package_that_nobody_has'"),
        ("unruly:not_callable", ["--as", "ra"], "is a int; expected a function"),
        ("right:ra", ["--as", "sorcery"], "sorcery"),
        ("right:ra", ["--as", "ra", "--n-samples", "0"], "--n-samples is 0; expected at least 1"),
        ("right:ra", ["--as", "ra", "--call-limit", "0"], "--call-limit is 0; expected a positive number"),
        ("right:ra", ["--as", "ra", "--dtype", "int8"], "--dtype is int8; expected float32 or float64"),
    ],
)
def test_a_candidate_that_cannot_be_judged_is_told_in_one_sentence(lara_verify, stranger, short, words, said):
    ran = lara_verify("check", stranger(short), *words)
    assert refused(ran, said)
    assert not ran.folder.exists()


def test_a_folder_that_is_not_ours_is_left_alone(lara_verify, tmp_path):
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "results.json").write_text('{"mine": true}', encoding="utf-8")
    ran = lara_verify("run", "--quick", "--only", "reference/mean_value/bounded/P0", out="thesis")
    assert refused(ran, "holds files and no report of lara-verify; name another folder with --out")
    assert [p.name for p in folder.iterdir()] == ["results.json"]
    assert (folder / "results.json").read_text(encoding="utf-8") == '{"mine": true}'
    assert sorted(p.name for p in tmp_path.iterdir()) == ["here", "thesis"]


def test_a_file_in_the_way_of_the_folder_is_left_alone(lara_verify, tmp_path):
    (tmp_path / "notes").write_text("mine", encoding="utf-8")
    ran = lara_verify("run", "--quick", "--only", "reference/mean_value/bounded/P0", out="notes")
    assert refused(ran, "is a file; expected a folder to write the report to")
    assert (tmp_path / "notes").read_text(encoding="utf-8") == "mine"
