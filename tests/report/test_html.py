"""report.html: one file that shows every case and its evidence, whatever names and messages hold."""

import base64
import hashlib
import math
import re
from html.parser import HTMLParser

import pytest

from lara_verify.report.html import as_html
from lara_verify.report.plots import MOST_POINTS, evidence_plot, measurement_plot, thinned
from lara_verify.report.results import DiagnosisRow

VOID = {"meta", "br", "link", "img", "input", "hr"}
IMPLIED = {"td"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7 * 7 }}&amp;"


class Read(HTMLParser):
    """A page as elements, each with its attributes, the elements around it, and its text."""

    def __init__(self, page):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag in VOID:
            self.elements.append((tag, dict(attrs), [], [""]))
            return
        element = (tag, dict(attrs), [e[:2] for e in self._open], [""])
        self.elements.append(element)
        if tag not in IMPLIED:
            self._open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs), [e[:2] for e in self._open], [""]))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        for element in self._open:
            element[3][0] += data

    def all(self, *tags):
        return [element for element in self.elements if element[0] in tags]

    def text(self, tag):
        return [" ".join(text[0].split()) for _, _, _, text in self.all(tag)]


@pytest.fixture
def page(make_results):
    def make(checks, traces=None, **fields):
        return as_html(make_results(checks, **fields), traces or {}).decode()

    return make


def trace(n_blocks=200):
    counts = [16]
    while len(counts) < n_blocks:
        counts.append(counts[-1] + max(16, counts[-1] // 6) % 4096)
    return [(n, 1e-3 * n - 0.5, math.log(n)) for n in counts]


def folded(element):
    """Whether it lies in a part of the page that is closed at first."""
    return any(tag == "details" and "open" not in attrs for tag, attrs in element[2])


def test_page_says_verdict_counts_command_seed_and_what_the_budget_guarantees(page, make_check):
    checks = [make_check("P1", verdict="refuted"), make_check("P0"), make_check("P2")]
    html = page(checks, seed=17)
    read = Read(html)
    assert read.text("h1") == ["Refuted"]
    assert read.text("title") == ["refuted: lara-verify run --quick"]
    assert [t for t in read.text("a") if t] == ["1 refuted", "2 certified"]
    text = " ".join(re.sub("<[^>]*>", " ", html.split("<body>")[1]).split())
    for said in ("α = 1e-6", "β = 1e-6", "At most one run in 1 million refutes", "seed 17", "NumPy 2.1.0", "no torch"):
        assert said in text


def test_what_is_wrong_comes_first_and_open_and_what_is_right_is_folded(page, make_check):
    checks = [make_check(f"P{i}", verdict=v) for i, v in enumerate(("certified", "undecided", "refuted", "error"))]
    read = Read(page(checks))
    sections = [attrs["id"] for _, attrs, _, _ in read.all("section")]
    assert sections[:4] == ["refuted", "error", "undecided", "certified"]
    cases = {e[1]["id"]: folded(e) for e in read.elements if "case" in e[1].get("class", "").split()}
    assert cases == {"case-1": True, "case-2": False, "case-3": False, "case-4": False}


def test_every_case_shows_its_message_its_figures_and_its_replay(page, make_check):
    checks = [
        make_check("P1", verdict="refuted", figures={"b1": 0.0123, "chi2": 1.5, "ratio_low": 0.6}),
        make_check("P0", claim="bounded", measured=None, tolerance=None, expected=None, hidden=None, figures={}),
    ]
    html = page(checks)
    for check in checks:
        assert check.message in html
        assert f"<code>{check.replay.replace(chr(39), '&#39;')}</code>" in html
    facts = dict(zip(Read(html).text("dt"), Read(html).text("dd"), strict=True))
    assert (facts["b1"], facts["chi2"], facts["ratio low"]) == ("0.0123", "1.5", "0.6")


def test_every_picture_can_be_read_without_being_seen(page, make_check):
    checks = [make_check("P1", verdict="refuted"), make_check("P0")]
    read = Read(page(checks, {check.id: trace() for check in checks}))
    pictures = read.all("svg")
    assert all(
        "aria-label" in attrs or attrs.get("aria-hidden") == "true" or around for _, attrs, around, _ in pictures
    )
    labels = [attrs["aria-label"] for _, attrs, _, _ in pictures if attrs.get("role") == "img"]
    assert len(labels) == 4
    assert "Evidence over 441 replicates" in labels[0]
    assert "refuted at 14.5" in labels[0]
    assert labels[1] == "Measured 0.1832, interval 0.17 to 0.19; expected 0.1625."
    verdicts = [e for e in read.elements if e[1].get("class") == "visually-hidden"]
    assert verdicts, "an icon alone says how a case ended"


def test_ids_are_unique_and_links_lead_somewhere(page, make_check):
    read = Read(page([make_check("P1", verdict="refuted"), make_check("P0")], deselected=["x/y/z/P2/S=1"]))
    ids = [attrs["id"] for _, attrs, _, _ in read.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = {attrs["href"].removeprefix("#") for _, attrs, _, _ in read.elements if "href" in attrs}
    assert targets <= set(ids)
    assert "ledger" in targets


def test_page_needs_nothing_but_itself(page, make_check):
    html = page([make_check(verdict="refuted"), make_check("P0")])
    assert not re.search(r"""(src|srcset|action)=|https?:|@import|url\(|<link|<iframe|\bfetch\b""", html)
    assert all(e[1]["href"].startswith("#") for e in Read(html).elements if "href" in e[1])
    assert not re.search(r"""\sstyle=|\son\w+=""", html), "the page's own policy forbids these"


def test_policy_allows_the_page_s_own_style_and_script_and_no_other(page, make_check):
    html = page([make_check()])
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    policy = policy.replace("&#39;", "'")
    for tag in ("style", "script"):
        (text,) = re.findall(f"<{tag}>(.*?)</{tag}>", html, re.S)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")


def test_hostile_text_is_shown_and_never_interpreted(page, make_check):
    check = make_check(
        HOSTILE, verdict="refuted", message=HOSTILE, source=HOSTILE, claim=HOSTILE, figures={HOSTILE: 1.0}
    )
    cause = DiagnosisRow(HOSTILE, HOSTILE, (0.9, 0.95), HOSTILE, HOSTILE, None)
    html = page([check, make_check()], command=HOSTILE, coverage_note=HOSTILE, diagnosis=[cause])
    read = Read(html)
    assert len(read.all("script")) == 1
    assert not read.all("img")
    assert not [name for e in read.elements for name in e[1] if name.startswith("on")]
    assert "49" not in re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", html, flags=re.S)
    assert HOSTILE in read.text("p"), "what it said is no longer there"


def test_diagnosis_names_cause_and_mend(page, make_check):
    cause = DiagnosisRow("noise-scale", "factor", (0.9, 0.95), "the noise is scaled", "draw N(0, I)", "certified")
    html = page([make_check(verdict="refuted")], diagnosis=[cause])
    text = " ".join(re.sub("<[^>]*>", " ", html).split())
    for said in (
        "noise-scale factor 0.9 to 0.95",
        "The noise is scaled.",
        "draw N(0, I).",
        "With this change: certified",
    ):
        assert said in text


def test_page_of_300_cases_stays_below_a_megabyte(page, make_check):
    checks = [make_check(f"P{i}", source=f"torch:float{32 + i % 2 * 32}:cpu") for i in range(300)]
    html = page(checks, {check.id: trace() for check in checks}, verdict="certified")
    assert len(html.encode()) < 1_000_000


def test_cases_that_were_never_reached_are_listed_and_not_drawn(page, make_check):
    checks = [
        make_check(f"P{i}", verdict="undecided", n_replicates=0, message="the run was interrupted first", measured=None)
        for i in range(30)
    ]
    read = Read(page(checks, verdict="undecided"))
    assert not read.all("article")
    assert "30 cases on which nothing was drawn: the run was interrupted first." in read.text("p")
    assert len(read.all("li")) == 31


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_evidence_that_is_not_finite_can_be_drawn(bad):
    plot = evidence_plot([(16, 0.0, 0.0), (32, bad, bad)], 1e-8, 1e-8)
    assert re.fullmatch(r"[-\d, ]+", plot.against + plot.in_favour)


def test_a_threshold_lies_where_evidence_reaches_it():
    level = -math.log(1e-8)
    plot = evidence_plot([(16, 0.0, 0.0), (100, 0.0, level)], 1e-8, 1e-4)
    assert [mark.label for mark in plot.thresholds] == ["log 1/α = 18.4", "log 1/β = 9.2"]
    end = int(plot.in_favour.split()[-1].split(",")[1])
    assert end == plot.thresholds[0].at
    assert plot.thresholds[0].at < plot.thresholds[1].at < plot.zero


def test_thinning_keeps_the_ends_and_few_between():
    long = trace(1000)
    kept = thinned(long)
    assert (kept[0], kept[-1]) == (long[0], long[-1])
    assert len(kept) <= MOST_POINTS
    assert kept == sorted(set(kept))
    assert thinned(long[:5]) == long[:5]


def test_measurement_keeps_its_order_on_the_line():
    plot = measurement_plot(0.1832, 0.1625, 0.01, (0.17, 0.19), {})
    low, high = plot.tolerance
    assert 0 < low < plot.expected.at < plot.interval[0] < high < plot.measured.at < plot.interval[1] < 300
    assert measurement_plot(None, 0.1, 0.1, None, {}) is None
    assert measurement_plot(1.0, 1.0, None, None, {}).measured.at == 150
