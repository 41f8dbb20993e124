"""``lara-verify regime``: its files, its table, its refusals."""

from xml.etree import ElementTree

import msgspec
import numpy as np
import pytest


@pytest.fixture
def heads(tmp_path, rng):
    """A file of two heads, the second of them hard."""
    size = np.array([0.4, 6.0])[:, None, None]
    q, k, v = (rng.standard_normal((2, 24, 8)) for _ in range(3))
    np.savez(tmp_path / "heads.npz", q=size * q, k=size * k, v=v)
    return tmp_path / "heads.npz"


def test_table_json_and_picture_say_the_same(lara_verify, heads):
    ran = lara_verify("regime", str(heads), "--n-proposals", "4")
    assert (ran.code, ran.err) == (0, "")
    found = msgspec.json.decode((ran.folder / "regime.json").read_bytes())
    assert (found["schema_version"], found["n_proposals"], found["relative_error"]) == (1, 4, 0.5)
    mild, hard = found["heads"]
    assert (mild["at"], hard["at"]) == ([0], [1])
    assert hard["log10_chi2"][1] > 10 > mild["log10_chi2"][1]
    assert hard["rfa"]["answer"] == "no"
    lines = ran.out.splitlines()
    assert lines[0].split()[:3] == ["head", "log10", "chi2"]
    assert f"{hard['log10_chi2'][1]:.1f} ({hard['log10_chi2'][0]:.1f} to {hard['log10_chi2'][2]:.1f})" in lines[2]
    picture = ElementTree.fromstring((ran.folder / "regime.svg").read_bytes())
    labels = [text.text for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "head 0" in labels
    assert "head 1" in labels


def test_a_report_is_replaced_and_a_strangers_folder_is_not(lara_verify, heads):
    assert lara_verify("regime", str(heads)).code == 0
    assert lara_verify("regime", str(heads)).code == 0
    (heads.parent / "mine").mkdir()
    (heads.parent / "mine" / "thesis.tex").write_text("")
    refused = lara_verify("regime", str(heads), out="mine")
    assert refused.code == 2
    assert "no report of lara-verify" in refused.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["none.npz"], "there is no file none.npz"),
        (["HEADS", "--relative-error", "0"], "--relative-error is 0; expected a positive number"),
        (["HEADS", "--n-proposals", "0"], "--n-proposals is 0; expected at least 1"),
        (["HEADS", "--queries", "-1"], "--queries is -1; expected at least 1"),
        ([], "file"),
    ],
)
def test_mistakes_are_named_and_exit_with_2(lara_verify, heads, words, sentence):
    ran = lara_verify("regime", *(str(heads) if word == "HEADS" else word for word in words))
    assert (ran.code, ran.out) == (2, "")
    assert sentence in ran.err.lower()
    assert len(ran.err.splitlines()) == 1
