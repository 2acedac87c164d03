"""Copies of an article as a browser, the clipboard and other programs save it."""

from __future__ import annotations

import re
from collections.abc import Callable

import markdown
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.claims import Drift
from lagg_tool.claims.article import parse_article
from tests.cases.test_audit_texts import PAGE, drift_of


def as_html(text: str) -> str:
    """Render the page as the article's own site does."""
    body = re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
    body = re.sub(
        r'\{\{< expand "([\w ]+)" >\}\}',
        r'\n\n<div class="expand" markdown="1"><label><span>\1</span><span>↕</span></label>\n\n',
        body,
    ).replace("{{< /expand >}}", "\n\n</div>\n\n")
    body = re.sub(r"\(\{\{.*?\}\}\)", "(https://example.com/docs/glossary/)", body)
    body = re.sub(r"\{\{<.*?>\}\}", "", body)
    rendered = markdown.markdown(body, extensions=["tables", "md_in_html"])
    return (
        "<!DOCTYPE html>\n<html><head><title>Joining cables</title><style>p { color: red }</style>"
        '<link rel="canonical" href="https://example.com/docs/bonding/"></head>\n<body>'
        '<header><a href="/">All the docs.</a></header><nav><ul><li>Other pages.</li></ul></nav>'
        f"<main><h1>Joining cables</h1>\n{rendered}</main><script>let x = 1;</script>"
        "<footer><p>Copyright by somebody.</p></footer></body></html>\n"
    )


def archived(page: str) -> str:
    return (
        "From: <Saved by Blink>\r\nSubject: Joining cables\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="x"\r\n\r\n--x\r\n'
        "Content-Type: text/html; charset=utf-8\r\n\r\n" + page + "\r\n--x--\r\n"
    )


SAVED: dict[str, Callable[[str], str]] = {
    "whole": as_html,
    "body alone": lambda text: re.sub(
        r".*<main>|</main>.*|https://example.com(?=/docs/gl)", "", as_html(text), flags=re.DOTALL
    ),
    "in capitals": lambda text: re.sub(r"</?\w+", lambda tag: tag[0].upper(), as_html(text)),
    "closed tags left out": lambda text: re.sub(r"</(?:p|li|td|tr)>", "", as_html(text)),
    "archive": lambda text: archived(as_html(text)),
    "clipboard": lambda text: re.sub(
        r"(?s).*<main>(.*)</main>.*", r'<meta charset="utf-8">\1', as_html(text)
    ).replace("https://example.com", ""),
    "Windows' clipboard": lambda text: (
        "Version:0.9\r\nStartHTML:0000000105\r\nSourceURL:https://example.com/docs/\r\n"
        + SAVED["clipboard"](text)
    ),
    "blocks of Confluence": lambda text: re.sub(
        r"<label><span>(\w+)</span>.*?</label>",
        r'<ac:parameter ac:name="id">7</ac:parameter>'
        r'<ac:parameter ac:name="title">\1</ac:parameter>',
        as_html(text),
    ),
    "a reader's view": lambda text: as_html(text).replace(
        "<main>",
        '<main><div class="header reader-header"><a href="/">example.com</a><div>2 minutes</div>'
        '</div><div role="navigation">Menu</div>',
    ),
}


@pytest.mark.parametrize("how", [name for name in SAVED if name != "closed tags left out"])
def test_a_saved_page_has_no_drift(how: str) -> None:
    assert drift_of(SAVED[how](PAGE), "bonding.html") == Drift()


def test_paragraphs_that_are_never_closed_are_paragraphs() -> None:
    drift = drift_of(SAVED["closed tags left out"](PAGE), "bonding.html")

    assert not [each for each in drift.gone if each.section not in {"Size", "Settings"}]


def test_a_change_in_a_saved_page_is_reported_with_its_line() -> None:
    text = as_html(PAGE).replace("by each port in turn", "by every port at once")

    drift = drift_of(text, "bonding.html")

    (found,) = drift.changed
    assert (found.text, found.claims) == ("Frames leave by every port at once.", ("C-03",))
    assert "by every port at once" in text.split("\n")[found.line - 1]
    assert not drift.uncovered
    assert not drift.gone


TAGS = st.lists(
    st.sampled_from(
        [
            *("<p>", "</p>", "<td>", "<tr>", "</tr>", "<h2>", "</h2>", "<a href='https://x.y'>"),
            *("</a>", "<br/>", "<nav>", "</nav>", "<table>", "<details>", "<summary>", "&amp;"),
            *("<!--", "A b. "),
        ]
    )
    | st.text(max_size=4)
).map("".join)


@given(TAGS)
@settings(max_examples=150)
def test_any_web_page_is_read(text: str) -> None:
    article = parse_article("page.html", f"<html>{text}")

    assert all(sentence.text and sentence.line >= 1 for sentence in article.sentences)
