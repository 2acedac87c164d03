"""No word of a host, a feature, a claim or a run becomes markup on a page of the site."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import jinja2
import jinja2.nodes
import pytest
from mkdocs.config.defaults import MkDocsConfig

from lagg_tool.site.plugin import content_security_policy
from tests.support.evil_site import evil, evil_site
from tests.support.paths import ROOT

# Every place whose words some page shows.
SHOWN = (
    *("feature", "feature-text", "background", "rule", "rule-text", "scenario", "scenario-text"),
    *("step", "cell", "documented", "docstring", "examples", "row"),
    *("command", "output", "error-text", "folded", "port", "summary", "wait", "note-observed"),
    *("step-reason", "reason-now", "reason-observed", "testbed", "url", "release"),
    *("forgotten", "before", "now"),
    *("paraphrase", "why", "correction", "addition", "sentence", "chapter"),
    *("silence", "file", "manual", "part", "claim"),
    *("fault-name", "fault-text", "fault-claim", "fault-catcher", "fault-tool", "fault-target"),
)


class Markup(HTMLParser):
    """Finds elements that run a script or are styled inline, and collects the text."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[str] = []
        self.inline: list[str] = []
        self.policies: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("http-equiv") == "Content-Security-Policy" and not self.inline:
            self.policies.append(given["content"] or "")
        if tag == "style" or "style" in given or (tag == "script" and "src" not in given):
            self.inline.append(f"{self.getpos()} {self.get_starttag_text()}")
        if tag == "img" or any(name.startswith("on") for name, _ in attrs):
            self.running.append(f"{self.getpos()} {self.get_starttag_text()}")

    @property
    def text(self) -> str:
        return "".join(self.words)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Markup]:
    """Build the site of two targets, with a run before; return its pages, read."""
    site = evil_site(tmp_path_factory.mktemp("evil"))
    read = {}
    for path in site.rglob("*.html"):
        parser = Markup()
        parser.feed(path.read_text(encoding="utf-8"))
        read[str(path.relative_to(site))] = parser
    return read


def test_no_page_has_an_element_that_somebody_elses_words_made(pages: dict[str, Markup]) -> None:
    assert {name: page.running[:3] for name, page in pages.items() if page.running} == {}


@pytest.mark.parametrize("place", SHOWN)
def test_the_words_are_shown_as_they_are(pages: dict[str, Markup], place: str) -> None:
    """Without this the test above would pass on empty pages."""
    assert any(evil(place) in page.text for page in pages.values())


def test_no_page_has_a_script_or_a_style_inline(pages: dict[str, Markup]) -> None:
    assert {name: page.inline[:3] for name, page in pages.items() if page.inline} == {}


def test_every_page_forbids_what_is_inline_or_elsewhere(pages: dict[str, Markup]) -> None:
    [policy] = {policy for page in pages.values() for policy in page.policies}
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))

    assert [name for name, page in pages.items() if len(page.policies) != 1] == []
    assert rules["default-src"] == "'none'"
    assert set(rules["script-src"].split()) == {"'self'", "file:"}
    assert set(rules["style-src"].split()) == {"'self'", "file:"}


def test_no_template_excepts_a_value_from_escaping() -> None:
    """`| safe` would: what is HTML already is marked so where it is made."""
    for path in sorted((ROOT / "lagg_tool" / "site").rglob("*.html")):
        tree = jinja2.Environment(autoescape=True).parse(path.read_text(encoding="utf-8"))
        filters = {node.name for node in tree.find_all(jinja2.nodes.Filter)}
        options = [*tree.find_all(jinja2.nodes.ScopedEvalContextModifier)]

        assert "safe" not in filters, path
        assert options == [], path  # {% autoescape false %}


def test_the_titles_in_the_navigation_are_escaped_once(pages: dict[str, Markup]) -> None:
    index = pages["index.html"].text

    assert evil("feature") in index
    assert "Tutorial & more" in index


def test_a_verdict_in_a_hand_written_page_names_hosts_as_they_are(
    pages: dict[str, Markup],
) -> None:
    assert re.search(r"confirmed on .*onerror=run-release>", pages["tutorial.html"].text)


def test_the_server_of_docs_serve_may_reload_a_page() -> None:
    """MkDocs adds an inline script to the pages that it serves."""
    config = MkDocsConfig()
    config.load_dict({"site_name": "lagg_tool", "dev_addr": "127.0.0.1:8000"})
    config.validate()
    built = content_security_policy(config)
    config.site_url = "http://127.0.0.1:8000/"
    served = content_security_policy(config)

    assert "unsafe-inline" not in built
    assert "'unsafe-inline'" in served
    assert "connect-src 'self'" in served
