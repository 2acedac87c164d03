"""A saved web page as its paragraphs, titles and cells: what the article's reader sees of it."""

from __future__ import annotations

import email
import email.policy
import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlsplit

_BEGIN = re.compile(
    r"\ufeff?\s*(?:Version:\d[^<]*)?(?:<!--.*?-->\s*|<\?xml\b[^<>]*>\s*)*"
    r"<(?:!doctype|html|head|body|main|article|section|div|h[1-6]|p|ul|ol|table|meta|title|header|ac:[\w-]+)\b",
    re.IGNORECASE | re.DOTALL,
)
_ARCHIVE = re.compile(r"(?:[\w-]+:.*\n(?:[ \t].*\n)*)*?MIME-Version:", re.IGNORECASE)

_HIDDEN = frozenset(
    ("head", "script", "style", "template", "svg", "nav", "header", "footer", "aside", "button",
     "select", "noscript", "form", "iframe", "object")
)  # fmt: skip
_BLOCKS = frozenset(
    ("p", "li", "div", "section", "article", "main", "blockquote", "pre", "dd", "dt", "ul", "ol",
     "table", "tbody", "thead", "tr", "details", "body", "html", "br", "hr", "figure", "figcaption")
)  # fmt: skip
_PARAMETER = "ac:parameter"  # of a block of Confluence, such as its title
_TITLES = frozenset(("h1", "h2", "h3", "h4", "h5", "h6", "summary", "label", _PARAMETER))
_CELLS = frozenset(("td", "th"))
# Words within a paragraph that nobody sees; a block that is hidden opens by a click, as a tab does.
_UNSEEN = re.compile(
    r"""<(a|b|code|em|font|i|kbd|mark|small|span|strong|sub|sup|u)\b(?:[^<>"']|"[^"<>]*"|'[^'<>]*')*?"""
    r"""\s(?:hidden(?=[\s=>])|style=["'][^"'<>]*display:\s*none)"""
    r"""[^<>]*>.{0,2000}?</\1>""",
    re.IGNORECASE | re.DOTALL,
)
# The sign of a footnote, a number that is raised.
_FOOTNOTE = re.compile(
    r"<sup\b[^<>]*>(?:<a\b[^<>]*>)?\[*\d+\]*(?:\(#[^()]*\))?(?:</a>)?</sup>", re.IGNORECASE
)
_STRUCK = frozenset(("del", "s", "strike"))  # said no more; Markdown has it between ~~
_EMPTY = frozenset(
    ("br", "hr", "img", "input", "meta", "link", "source", "wbr", "col", "area", "base")
)


# What a program puts around a page: its menus, who wrote it, how long it takes to read.
_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
_AROUND = frozenset(
    ("nav", "navbar", "navigation", "menu", "sidebar", "breadcrumb", "breadcrumbs", "banner",
     "cookie", "cookies", "consent", "footer", "toc", "pagination", "pager", "feedback", "toolbar",
     "skip", "share", "social", "search", "modal", "popup", "announcement", "metadata", "updated",
     "modified", "wm", "donato")
)  # fmt: skip
_READER = "reader-header"  # of Firefox
# A name of the text beside one of these, such as wy-nav-content and has-sidebar.
_BESIDE = frozenset(("content", "main", "body", "wrap", "with", "has", "no"))
_UNCLOSED = frozenset(("li", "p", "td", "th", "tr", "dd", "dt", "body", "html", "main", "article"))


class Kind(enum.Enum):
    """What a piece of a page is."""

    TITLE = "title"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True)
class Piece:
    """A title, a paragraph or a cell; ``row`` is the first cell of its row, in a table.

    ``is_link`` is a paragraph without a word beside its links.
    """

    kind: Kind
    line: int
    text: str
    row: str = ""
    is_link: bool = False


def is_web_page(text: str) -> bool:
    """Return whether a text is HTML: it begins with a tag that no Markdown page begins with."""
    return _BEGIN.match(text) is not None


def is_archive(text: str) -> bool:
    """Return whether a text is an MHTML archive, which browsers save."""
    return _ARCHIVE.match(text) is not None


def page_of_archive(text: str) -> str | None:
    """Return the page of an archive; None if it has none."""
    if not is_archive(text):
        return None
    data = text.encode("utf-8", "surrogateescape")
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            raw = content if isinstance(content, bytes) else b""
            charset = part.get_content_charset("utf-8")
            try:
                found = raw.decode(charset, "replace")
            except LookupError:
                found = raw.decode("utf-8", "replace")
            return found.replace("\r\n", "\n")
    return None


def read_web_page(text: str) -> Iterator[Piece]:
    """Yield the pieces of a page in order, without navigation, scripts and pictures.

    Links become Markdown's, without the address where they stay on the page's own site.
    """
    reader = _Reader(without_unseen(_main_part(text)))
    reader.feed(reader.source)
    reader.close()
    reader.end_block()
    yield from reader.pieces


def without_unseen(text: str) -> str:
    """Return a text without what its tags hide and signs of footnotes, each line where it is."""
    text = _FOOTNOTE.sub("", text)
    return _UNSEEN.sub(lambda found: "\n" * found[0].count("\n") or " ", text)


def _main_part(text: str) -> str:
    """Blank what is outside of <main> or <article>, keeping the count of lines."""
    # Windows' clipboard has lines about itself above a page.
    text = re.sub(r"\A\s*Version:\d[^<]*", lambda above: "\n" * above[0].count("\n"), text)
    for tag in ("article", "main"):
        found = re.findall(rf"<{tag}\b", text, re.IGNORECASE)
        begin = re.search(rf"<{tag}\b", text, re.IGNORECASE)
        end = text.lower().rfind(f"</{tag}>")
        if len(found) == 1 and begin and end > begin.start():
            links = "".join(
                re.findall(r"(?i)<(?:link|base|meta)\b[^<>\n]*>", text[: begin.start()])
            )
            return links + "\n" * text.count("\n", 0, begin.start()) + text[begin.start() : end]
    return text


class _Reader(HTMLParser):
    """Collects the pieces of a page."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = source
        self.pieces: list[Piece] = []
        self._words: list[str] = []
        self._line = 0
        self._hidden: list[str] = []
        self._title = ""
        self._cells: list[tuple[int, str]] | None = None
        self._is_heading = False  # all cells of the row are <th>
        self._link = ""
        self._anchors = 0
        self._is_link = True  # no word of the block is beside a link
        self._site = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a block, a title, a cell or a link."""
        found = {name: value or "" for name, value in attrs}
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.append(tag)
            return
        if tag in {"link", "base", "meta"}:
            self._learn_site(found)
        elif tag == "a":
            self._open_link(found.get("href", ""))
        elif tag in _STRUCK:
            self._words.append("~~")
        elif self._is_hidden(tag, found):
            self._words.append(" ")
            self._hidden.append(tag)
        elif tag in _BLOCKS and (self._cells is not None or self._title) and tag != "tr":
            self._words.append(" ")  # a line of a cell or a title
        elif tag in _BLOCKS | _TITLES | _CELLS:
            self.end_block()
            self._open(tag)

    def _is_hidden(self, tag: str, found: dict[str, str]) -> bool:
        """Return whether an element is a part of the program around the page."""
        names = [*found.get("class", "").split(), found.get("id", "")]
        return (
            (tag in _HIDDEN and not (tag in {"header", "button"} and self._title))
            or (tag == _PARAMETER and found.get("ac:name") != "title")
            or found.get("role") in _ROLES
            or (tag not in _UNCLOSED | _TITLES and any(map(_is_around, names)))
        )

    def _open(self, tag: str) -> None:
        if tag in _TITLES:
            self._title = tag
        elif tag == "tr":
            self._cells, self._is_heading = [], True
        elif tag in _CELLS:
            self._is_heading = self._is_heading and tag == "th"

    def _open_link(self, address: str) -> None:
        self._anchors += 1
        if not self._link:
            self._link = self._outside(address)
            if self._link:
                self._words.append("[")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take <br/> for <br>; nothing else is closed so."""
        if tag in _EMPTY:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
        elif tag in _STRUCK:
            self._words.append("~~")
        elif tag == "a":
            self._anchors = max(self._anchors - 1, 0)
            if self._link:
                self._words.append(f"]({self._link})")
                self._link = ""
        elif tag in _CELLS and self._cells is not None:
            self._cells.append((self._line, self._take()))
        elif tag == "tr" and self._cells is not None:
            self._end_row()
        elif tag in _TITLES or (tag in _BLOCKS and self._cells is None):
            self.end_block()

    def handle_data(self, data: str) -> None:
        """Collect words; Markdown's own signs are escaped."""
        if self._hidden:
            return
        if data.strip() and not "".join(self._words).strip():
            self._line = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
        self._words.append(re.sub(r"([\\*_`\[\]])", r"\\\1", data))
        self._is_link = self._is_link and (self._anchors > 0 or not any(map(str.isalnum, data)))

    def _learn_site(self, found: dict[str, str]) -> None:
        canonical = found.get("rel") == "canonical" or found.get("property") == "og:url"
        address = found.get("href") or found.get("content") or ""
        if canonical and not self._site:
            self._site = urlsplit(address).netloc

    def _outside(self, address: str) -> str:
        site = urlsplit(address).netloc if address.startswith(("http://", "https://")) else ""
        if not site or site == self._site or is_own_site(address):
            return ""
        return address

    def _take(self) -> str:
        words, self._words = " ".join("".join(self._words).split()), []
        if self._link:
            words, self._link = words.replace("[", "", 1), ""
        return words

    def end_block(self) -> None:
        """End the paragraph or title that is open."""
        title, self._title = self._title, ""
        words, is_link = self._take(), self._is_link and not title
        self._is_link = True
        if words and title != "h1":  # Markdown has the page's own title in its front matter
            kind = Kind.TITLE if title else Kind.PARAGRAPH
            self.pieces.append(Piece(kind, max(self._line, 1), words, is_link=is_link))

    def _end_row(self) -> None:
        cells, self._cells, self._is_link = self._cells or [], None, True
        if len(cells) == 1:
            self.pieces.append(Piece(Kind.PARAGRAPH, *cells[0]))
        elif not self._is_heading:
            self.pieces += [
                Piece(Kind.PARAGRAPH, line, text, cells[0][1]) for line, text in cells[1:] if text
            ]


def _is_around(name: str) -> bool:
    parts = set(re.split(r"[-_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).casefold()))
    return name == _READER or (not parts.isdisjoint(_AROUND) and parts.isdisjoint(_BESIDE))


# The article's own site: what is an internal link there is an address in a saved page.
_OWN_SITES = frozenset(("www.truenas.com", "truenas.com"))


def is_own_site(address: str) -> bool:
    """Return whether an address is one of the article's own site."""
    return urlsplit(address).netloc in _OWN_SITES
