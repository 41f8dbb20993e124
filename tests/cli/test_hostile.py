"""A cheap part of the panel of tests/hostile.py: each row ends as expected, in time, and leaves nothing behind."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("hostile", Path(__file__).parents[1] / "hostile.py")
hostile = importlib.util.module_from_spec(spec)
sys.modules["hostile"] = hostile
spec.loader.exec_module(hostile)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals, sessions and forks")

CHEAP = {
    "unruly.py:hoarding",
    "unruly.py:hoarding_in_family",
    "unruly.py:ending_its_group",
    "unruly.py:closing_everything",
    "unruly.py:raising_for_the_terminal",
    "unruly.py:remembering",
    "imported/hanging.py:f",
    "imported/hoarding.py:f",
    "forms.py:generator_object",
    "trespassing.py:noisy",
    "trespassing.py:patching_numpy",
    "trespassing.py:strict",
    "trespassing.py:writing",
    "trespassing.py:leaving_children",
    "trespassing.py:forking",
    "trespassing.py:ignoring_signals",
}


@pytest.mark.parametrize("row", [row for row in hostile.PANEL if row.target in CHEAP], ids=lambda row: row.target)
def test_it_ends_as_expected_and_leaves_nothing_behind(row):
    """On its opening trial alone, which is all that one that breaks its protocol gets."""
    came = hostile.judged(row, "--only", "P6-small", "--workers", "1")
    assert came.as_expected, came


def test_the_panel_has_no_row_twice_and_every_candidate_is_there():
    rows = [(row.target, row.options) for row in hostile.PANEL]
    assert len(set(rows)) == len(rows) >= 25
    assert {row.target for row in hostile.PANEL} >= CHEAP
    for row in hostile.PANEL:
        file, _, name = row.target.partition(":")
        text = (hostile.CANDIDATES / file).read_text(encoding="utf-8")
        assert file.startswith("imported/") or name in text
