"""The Markdown of a report: read back by a parser of Markdown, it shows what it was given and nothing else."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lara_verify.report.markdown import MOST_ROWS, as_markdown, escaped
from lara_verify.report.results import DiagnosisRow

HOSTILE = [
    "a | b || c",
    "**bold** _it_ `code` ~~gone~~ $x^2$",
    "<script>alert(1)</script> <!-- --> &lt; &#42;",
    "[link](https://example.invalid) ![image](x) www.example.invalid",
    "@somebody #12 \\| \\",
    "one\n\n# two\r\n- three\n| four |",
    "``` ~~~ <details>",
    "</code> | </table>",
]


class Page(HTMLParser):
    """Text of every cell of every table row, and the tags that occur."""

    def __init__(self, markdown):
        super().__init__()
        self.rows, self.tags, self._cell = [], set(), False
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._cell = True

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data):
        if self._cell:
            self.rows[-1][-1] += data


TAGS = {"h2", "p", "code", "table", "thead", "tbody", "tr", "th", "td"}


def on_one_line(text):
    return " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_means_nothing(make_results, make_check, text):
    check = make_check(verdict="refuted", id=text, message=text, replay=text)
    cause = DiagnosisRow(text, text, (0.5, 1.0), text, text, None)
    results = make_results([check], command=text, diagnosis=[cause], coverage_note=text)
    page = Page(as_markdown(results))
    shown = on_one_line(text)
    assert page.rows[1] == [f"{shown} ({shown} 0.5 to 1)", shown, shown]
    assert page.rows[3] == ["refuted", shown, shown, shown]
    assert page.tags == TAGS


@given(st.text(max_size=80))
def test_any_text_is_shown_in_one_cell(text):
    page = Page(f"| a | b |\n|---|---|\n| {escaped(text)} | <code>{escaped(text)}</code> |\n")
    shown = "".join(c if c.isprintable() else "�" for c in on_one_line(text.encode("utf-8", "replace").decode()))
    assert page.rows[1] == [shown, shown]
    assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


def test_what_is_not_certified_is_listed_the_worst_first(make_results, make_check):
    verdicts = ("certified", "skipped", "xfail", "undecided", "refuted", "xpass", "error")
    page = Page(as_markdown(make_results([make_check(f"P{i}", verdict=v) for i, v in enumerate(verdicts)])))
    assert [row[0] for row in page.rows[1:]] == ["error", "refuted", "xpass", "undecided", "skipped"]
    assert page.rows[2][1:] == [
        "reference/ra/unbiased/P4/S=16",
        "mean of output[3, 7] on P4 is .1832, exact .1625",
        "lara-verify run --quick --only 'reference/ra/unbiased/P4/S=16'",
    ]


def test_all_certified_is_no_table(make_results, make_check):
    text = as_markdown(make_results([make_check()], verdict="certified", deselected=["a"]))
    assert text.startswith("## lara-verify: certified\n\n<code>lara-verify run --quick</code>: 1 certified of 2 cases")
    assert "table" not in Page(text).tags


def test_it_stays_below_a_mebibyte(make_results, make_check):
    hostile = "|" * 10**5
    checks = [make_check(f"P{i}", verdict="refuted", id=hostile, message=hostile, replay=hostile) for i in range(500)]
    causes = [DiagnosisRow(hostile, hostile, (0.0, 1.0), hostile, hostile, None)] * 100
    text = as_markdown(make_results(checks, diagnosis=causes, command=hostile, coverage_note=hostile))
    assert len(text.encode()) < 2**20
    assert f"And {500 - MOST_ROWS} more" in text
