"""docs/levels.rst shows the rows that there are."""

from pathlib import Path

from lara_verify.levels.rows import NOMINALS, ROWS

PAGE = Path(__file__).parents[2] / "docs" / "levels.rst"


def test_the_page_shows_every_row_once_and_no_other():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    rows = [line.split(maxsplit=1)[1] for line in lines if " sequences, a rate of " in line]
    assert [row.split("  ")[0] for row in rows] == [f"{row.id} at {nominal:g}" for row in ROWS for nominal in NOMINALS]
