"""report.html: one file that needs nothing else, no network and no script to be read."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from lara_verify.report.page import page_of
from lara_verify.report.plots import Trace
from lara_verify.report.results import Results

if TYPE_CHECKING:
    from jinja2 import Environment


def as_html(results: Results, traces: Mapping[str, Trace]) -> bytes:
    """The results as a page; ``traces`` has the evidence over replicates by case id.

    Whatever a name or a message holds is shown and never interpreted: templates escape all text, and the page forbids
    all scripts, styles and addresses but its own.
    """
    page = templates().get_template("report.html.j2").render(page=page_of(results, traces))
    return page.encode()


@cache
def templates() -> "Environment":
    """The templates of all pages, with the style, the script and the policy that they share."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    shelf = files("lara_verify.report") / "templates"
    style, script = ((shelf / name).read_text(encoding="utf-8").strip() for name in ("style.css", "page.js"))
    environment = Environment(
        loader=PackageLoader("lara_verify.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["short"] = _short
    environment.globals |= {
        "style": Markup(style),  # our own files, the only text that is not escaped
        "script": Markup(script),
        "policy": f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; base-uri 'none'",
    }
    return environment


def _short(number: float) -> str:
    """Three digits, and an exponent as people write it: ``5.32e-9``."""
    return f"{number:.3g}".replace("e-0", "e-").replace("e+0", "e")


def _digest(text: str) -> str:
    """As a content security policy names an inline text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
