"""Which cases `--only` lets through."""

import pytest

from lara_verify.outcome import Settings

CASE = "torch:float32:cpu/lara[balance]/unbiased/P12/S=16"


@pytest.mark.parametrize(
    ("only", "selected"),
    [
        (None, True),
        (CASE, True),
        ("unbiased", True),
        ("S=16", True),
        ("S=1", False),
        ("P1", False),
        ("P12", True),
        ("lara[balance]", True),
        ("lara[b]", False),
        ("*lara[balance]*", True),
        ("*/P1*/S=1", False),
        ("*/P1?/*", False),
        ("unbiased*", False),
        ("Unbiased", False),
        ("nothing", False),
    ],
)
def test_only_contains_or_matches_and_takes_numbers_whole(only, selected):
    assert Settings(only=only).selects(CASE) is selected
