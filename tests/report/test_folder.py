"""The report's folder: replaced whole, by any command of ours, and only where a command of ours wrote it."""

import json

import pytest

from lara_verify.report import folder as module
from lara_verify.report.folder import LISTS, NotOurFolderError, check_replaceable, write_folder

OURS = {"schema_version": 1, "verdict": "certified"}


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", LISTS)
def test_a_folder_of_any_command_is_replaced_whole(tmp_path, name):
    folder = tmp_path / "report"
    report = json.dumps(OURS | {LISTS[name]: [], "field_of_a_later_version": 3}).encode()
    write_folder(folder, {name: report, "report.html": b"old"})
    write_folder(folder, {"levels.json": b"new"})
    assert files_in(folder) == {"levels.json": b"new"}
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("there", [False, True])
def test_a_new_or_empty_folder_is_taken(tmp_path, there):
    folder = tmp_path / "above" / "report"
    if there:
        folder.mkdir(parents=True)
    write_folder(folder, {"levels.json": b"new"})
    assert files_in(folder) == {"levels.json": b"new"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"not json",
        b'{"levels": []}',
        b'{"schema_version": "1", "verdict": "certified", "levels": []}',
        json.dumps(OURS).encode(),
        json.dumps(OURS | {"checks": []}).encode(),
        json.dumps(OURS | {"levels": {}}).encode(),
    ],
)
def test_a_file_that_only_has_our_name_protects_its_folder(tmp_path, content):
    (tmp_path / "levels.json").write_bytes(content)
    with pytest.raises(NotOurFolderError, match="holds files and no report of lara-verify"):
        write_folder(tmp_path, {"levels.json": b"new"})
    assert files_in(tmp_path) == {"levels.json": content}


def test_a_stranger_s_file_beside_a_report_protects_the_folder(tmp_path):
    report = json.dumps(OURS | {"checks": []}).encode()
    write_folder(tmp_path / "report", {"results.json": report})
    (tmp_path / "report" / "notes.txt").write_text("mine")
    with pytest.raises(NotOurFolderError, match=r"notes\.txt, which lara-verify did not write"):
        write_folder(tmp_path / "report", {"levels.json": b"new"})
    assert set(files_in(tmp_path / "report")) == {"results.json", "notes.txt"}


def test_a_file_is_no_folder(tmp_path):
    path = tmp_path / "report"
    path.write_text("mine")
    with pytest.raises(NotOurFolderError, match="is a file"):
        check_replaceable(path)


def test_what_was_there_stays_if_writing_fails(tmp_path, monkeypatch):
    folder = tmp_path / "report"
    before = json.dumps(OURS | {"levels": []}).encode()
    write_folder(folder, {"levels.json": before})

    def full(self, content):  # noqa: ARG001
        raise OSError("no space left on device")

    monkeypatch.setattr(module.Path, "write_bytes", full)
    with pytest.raises(OSError, match="no space"):
        write_folder(folder, {"levels.json": b"new"})
    assert files_in(folder) == {"levels.json": before}
    assert list(tmp_path.iterdir()) == [folder]
