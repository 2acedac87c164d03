"""An article's page as sentences with their places: Hugo Markdown or HTML, pure and total.

A page is read as its readers see it: front matter, pictures, comments, HTML tags and the
calls that include other pages are removed; headings and the titles of blocks (``expand``,
``nest-expand``, ``tab``, ``details``: any shortcode that is closed and has a title) open
sections; a row of a table is a section named by its first cell. What is left is split into
sentences, and each is normalised, so that markup, line breaks and typographic quotes do
not count as a change, while the address of a link does. A saved web page is read by
``web_page``.
"""

from __future__ import annotations

import hashlib
import html
import itertools
import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from lagg_tool.claims.dialects import as_markdown
from lagg_tool.claims.markup import Markup, markup_of
from lagg_tool.claims.web_page import Kind, is_own_site, page_of_archive, read_web_page
from lagg_tool.errors import DocumentError, UnreadableError
from lagg_tool.pasted_text import decoded, is_text

# The page's opening, before any heading.
INTRODUCTION = "Introduction"

_SHORTCODE = re.compile(r"\{\{([<%])\s*(/?)\s*([\w-]+)(.*?)([>%])\}\}", re.DOTALL)
# A title is the first word in quotes, or one that is called so: not type="note".
_TITLE = re.compile(r"""(?:^|\s)(?:title\s*=\s*)?(["'`])(.*?)\1""", re.DOTALL)
# Blocks whose first word is their colour or their layout.
_UNTITLED = frozenset(("hint", "alert", "notice", "columns", "column"))
_DETAILS = re.compile(r"<details\b[^>]*>\s*<summary\b[^>]*>(.*?)</summary>|</details>", re.I | re.S)
# Tags within words, and a link; kbd is none of them: claims have been written with its blanks.
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|cite|code|del|dfn|em|font|i|ins|mark|q|s|samp|small|span|strong|sub|sup|tt|u|var"
    r"|wbr)\b[^<>]*>",
    re.I,
)
_ANCHOR = re.compile(r"""<a\b[^<>]*?\bhref=["']([^"'<>]*)["'][^<>]*>([^<>]*)</a>""", re.I)
# The sign of a footnote: [^1], or a number that is raised.
_FOOTNOTE = re.compile(
    r"\[\^[^\]\[\s]+\]:?|<sup\b[^<>]*>(?:<a\b[^<>]*>)?\[*\d+\]*(?:\(#[^()]*\))?(?:</a>)?</sup>",
    re.I,
)
# Tags between words; an autolink <https://…> and a placeholder <name> are none.
_TAG = re.compile(
    r"</?(?:br|center|div|figure|hr|iframe|img|kbd|li|ol|p|picture|pre|source|table|tbody|td|th|thead"
    r"|tr|ul|video)\b[^<>]*>",
    re.IGNORECASE,
)
_LINK = re.compile(r"\[([^\]\[]*)\]\(((?:[^()]|\([^()]*\))*)\)")
_IMAGE = re.compile(r"!\[[^\]]*\]\((?:[^()]|\([^()]*\))*\)")
_ARCHIVED = re.compile(r"(?:https?://web\.archive\.org)?/web/\d{4,14}[a-z_]*/(?=https?:)")
_COMMENT = re.compile(
    r"<!--.*?-->|\{\{/\*.*?\*/\}\}|\{\{[<%]\s*comment\s*[>%]\}\}.*?\{\{[<%]\s*/comment\s*[>%]\}\}",
    re.S,
)
_LIST_ITEM = re.compile(
    r"^\s*(?:[-*+\u2022\u25e6\u25aa]|\d+[.)]|\(\w{1,3}\)|(?:[a-z]|[ivx]{2,4})[.)](?=\s+[A-Z*_`(]))\s+"
    r"(?:\[[ xX]\]\s+)?"
)
_LATER_ITEM = re.compile(r"\s*(?:(?!1[.)])\d|\(|[b-z])")
_TITLED = re.compile(r"^title[ \t]*[:=]", re.MULTILINE)  # in front matter
_JSON_FRONT = re.compile(r'\A\{\s*"\w+"\s*:.*?^\}[ \t]*$', re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_DIVIDER = re.compile(r"^\|\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$")
_RULER = re.compile(r"\s*(```.*|~~~.*|(\*\s*){3,}|(-\s*){3,}|(_\s*){3,})")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s+")
_ABBREVIATIONS = frozenset(["e.g.", "i.e.", "etc.", "vs.", "cf.", "approx.", "fig.", "no.", "dr."])
# One spelling of quotes, of hyphens and dashes within a word, and of what is between the steps
# of a path; nothing of what hyphenates a word.
_PLAIN = str.maketrans(
    dict(
        zip(
            "\u2018\u2019\u201c\u201d\u2010\u2011\u2012\u2013\u2192\u00bb\u203a",
            "''\"\"---->>>",
            strict=True,
        )
    )
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff")
)
_HASH_LENGTH = 16

# Marks the ends of an expand block while a page is parsed.
_OPEN = "\x01open:"
_CLOSE = "\x01close"
_MARKER = re.compile(r"(\x01[^\x01\x02]*\x02)")


@dataclass(frozen=True)
class Sentence:
    """One normalised sentence and its place.

    ``paragraph`` counts from 1 in its section; 0 is the section's own title. ``is_link`` is one
    that is nothing but links, as a web page has them around its text.
    """

    page: str
    line: int
    section: str
    paragraph: int
    text: str
    is_link: bool = False

    @property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the text's SHA-256."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:_HASH_LENGTH]

    @property
    def sketch(self) -> str:
        """A byte per word: enough to recognise a changed sentence, not enough to read it."""
        words = (word.strip(string.punctuation).casefold() for word in self.text.split())
        return "".join(hashlib.sha256(word.encode()).hexdigest()[:2] for word in words)


@dataclass(frozen=True)
class Article:
    """One page of the article, read from ``page`` (its file name)."""

    page: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class _Block:
    """A paragraph, list item, table cell or title; ``lines`` are its source lines."""

    line: int
    section: str
    lines: tuple[str, ...]
    is_title: bool = False
    is_link: bool = False


def read_article(path: Path, name: str = "") -> Article:
    """Read one page, which goes by its file name or another. Raises DocumentError."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentError(
            str(path), None, f"{error.strerror}; name a file that can be read"
        ) from error
    return article_of(str(path), data, name or path.name)


def article_of(path: str, data: bytes, name: str) -> Article:
    """Read the bytes of a page that goes by a name. Raises DocumentError, which names the path."""
    try:
        return parse_article(name, page_text(data))
    except UnreadableError as error:
        raise DocumentError(path, None, str(error)) from error


_CHARSET = re.compile(rb"""<meta\b[^<>]*\bcharset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)


def page_text(data: bytes) -> str:
    """Return the text of a page: UTF-8, Windows' UTF-16, what an HTML page says, or Windows-1252.

    Raises UnreadableError for what is no text.
    """
    text = decoded(data)[0]
    if is_text(text):
        return text
    said = _CHARSET.search(data[:2048])
    for charset in (said[1].decode() if said else "", "windows-1252"):
        try:
            text = data.decode(charset)
        except (LookupError, ValueError):
            continue
        if is_text(text):
            return text
    raise UnreadableError("this is no text; name a page that was saved as Markdown or HTML")


def parse_article(page: str, text: str) -> Article:
    """Parse a page, Markdown or HTML, into sentences. Raises DocumentError with a line."""
    sentences: list[Sentence] = []
    paragraphs: dict[str, int] = {}
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    markup = markup_of(page, text)
    if markup is Markup.WEB_PAGE:
        blocks = _blocks_of_web_page(page_of_archive(text) or text)
    else:
        blocks = _blocks(page, text, markup)
    for block in blocks:
        found = split_sentences(normalise(" ".join(block.lines)))
        if not found:
            continue
        number = 0
        if not block.is_title:
            number = paragraphs[block.section] = paragraphs.get(block.section, 0) + 1
        sentences.extend(
            Sentence(page, line, block.section, number, words, block.is_link)
            for line, words in zip(_line_numbers(block, found), found, strict=True)
        )
    return Article(page, tuple(sentences))


def _line_numbers(block: _Block, sentences: list[str]) -> Iterator[int]:
    """Yield the line on which each sentence begins, by counting words."""
    counts = [len(normalise(line).split()) for line in block.lines]
    ends = list(itertools.accumulate(counts))
    begun = 0
    for sentence in sentences:
        yield block.line + sum(end <= begun for end in ends[:-1])
        begun += len(sentence.split())


def normalise(markdown: str) -> str:
    """Return the words of a piece of Markdown, one blank between each; link addresses stay."""
    text = _FOOTNOTE.sub("", _IMAGE.sub(" ", markdown))
    text = _TAG.sub(" ", _INLINE.sub("", _ANCHOR.sub(r"[\2](\1)", text)))
    while (linked := _LINK.sub(_link_words, text)) != text:
        text = linked
    text = re.sub(r"[*`]+|(?<!\w)_+|_+(?!\w)", "", text)
    text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    text = unicodedata.normalize("NFKC", html.unescape(text)).translate(_PLAIN)
    return " ".join(text.split())


def split_sentences(text: str) -> list[str]:
    """Split normalised text after full stops, question and exclamation marks."""
    sentences = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        last_word = text[start : end.end()].rsplit(maxsplit=1)[-1].lower()
        if last_word not in _ABBREVIATIONS:
            sentences.append(text[start : end.end()].strip())
            start = end.end()
    rest = text[start:].strip()
    return [sentence for sentence in (*sentences, rest) if sentence]


def _link_words(match: re.Match[str]) -> str:
    address = match[2].split(" ")[0].strip("<>")
    address = _ARCHIVED.sub("", address)
    if address.startswith("https://www.google.com/url?"):  # a link in an exported document
        address = parse_qs(urlsplit(address).query).get("q", [address])[0]
    outside = address.startswith(("http://", "https://")) and not is_own_site(address)
    return f"{match[1]} <{address}>" if outside else match[1]


def _blocks(page: str, text: str, markup: Markup) -> Iterator[_Block]:
    """Yield the page's blocks in order, each with its section."""
    body = _without_front_matter(page, text)
    named = _TITLED.search(text[: len(text) - len(body.lstrip("\n"))]) is not None
    text = as_markdown(body, markup)
    lines = _marked_shortcodes(page, text).split("\n")
    sections = _Sections(page, has_title=not named and _has_title(text))
    paragraph: list[str] = []
    start, in_list = 0, False
    for number, line in enumerate([*lines, ""], 1):
        following = lines[number] if number < len(lines) else ""
        for piece in _MARKER.split(line):
            section = sections.now
            single = _single_line_blocks(sections, number, piece, following)
            item = _LIST_ITEM.match(piece)
            if item and paragraph and not in_list and _LATER_ITEM.match(piece):
                item = None  # a number at the end of a sentence, which begins a line by chance
            if (single is not None or not line.strip() or item) and paragraph:
                yield _Block(start, section, tuple(paragraph))
                paragraph = []
            if single is not None:
                yield from single
            elif piece.strip():
                if not paragraph:
                    start, in_list = number, item is not None
                paragraph.append(piece[item.end() :] if item else piece)
    sections.finish()


def _has_title(text: str) -> bool:
    """Return whether one heading is above all others."""
    levels = [len(found[1]) for found in re.finditer(r"^(#{1,6})\s", text, re.MULTILINE)]
    return len(levels) > 1 and levels[0] == 1 and levels.count(1) == 1


def _single_line_blocks(
    sections: _Sections, number: int, line: str, following: str
) -> list[_Block] | None:
    """Return the blocks of a line that is a block of its own; None for a line of a paragraph."""
    if line.startswith(_OPEN):
        title = line[len(_OPEN) : -1]
        sections.open(title, number)
        return [_Block(number, title, (title,), is_title=True)]
    if line.startswith(_CLOSE):
        sections.close(number)
        return []
    if heading := _HEADING.match(line):
        title = normalise(heading[1].rstrip("#").rstrip())
        of_page = sections.is_title_of_page(heading[0])
        if not of_page:
            sections.heading(title)
        return [] if of_page else [_Block(number, title, (title,), is_title=True)]
    if line.lstrip().startswith("|"):
        if _DIVIDER.match(line.strip()) or _DIVIDER.match(following.strip()):
            return []
        return _row_blocks(number, line, sections.now)
    return [] if _RULER.fullmatch(line) else None


def _row_blocks(number: int, line: str, section: str) -> list[_Block]:
    """Return a table row's cells; the first one, if there are more, names the place."""
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    label, rest = (normalise(cells[0]), cells[1:]) if len(cells) > 1 else (section, cells)
    return [_Block(number, label, (cell,)) for cell in rest]


def _without_front_matter(page: str, text: str) -> str:
    """Blank the front matter, keeping the count of lines."""
    text = text.removeprefix("\ufeff").translate({1: " ", 2: " "})
    text = _JSON_FRONT.sub(lambda found: "\n" * found[0].count("\n"), text)
    before = re.match(r"\n*(?=---\ntitle:)", text)
    lines = len(before[0]) if before else 0
    text = text[lines:]
    for fence in ("---", "+++"):
        if not text.startswith(fence + "\n"):
            continue
        end = re.compile(rf"^(?:{re.escape(fence)}|\.\.\.)[ \t]*$", re.M).search(text, len(fence))
        if end is None:
            raise DocumentError(page, 1, f"the front matter is not closed; add a line {fence}")
        text = "\n" * text[: end.end()].count("\n") + text[end.end() :]
    return "\n" * lines + text


def _marked_shortcodes(page: str, text: str) -> str:
    """Turn titled blocks into marker lines and drop all other calls and comments."""
    closed = {match[3] for match in _SHORTCODE.finditer(text) if match[2]} | {"expand"}
    opened: list[bool] = []  # of the blocks that are open here, whether each has a title

    def mark(match: re.Match[str]) -> str:
        newlines = "\n" * match[0].count("\n")
        name, is_end = match[3], bool(match[2])
        if name not in closed or match[4].rstrip().endswith("/"):
            return newlines or " "
        if is_end:
            titled = opened.pop() if opened else name == "expand"
            return f"{newlines}{_CLOSE}\x02" if titled else newlines or " "
        title = None if name in _UNTITLED else _TITLE.search(match[4])
        opened.append(name == "expand" or title is not None)
        if not opened[-1]:
            return newlines or " "
        return f"{newlines}{_OPEN}{normalise(title[2] if title else '')}\x02"

    def mark_details(match: re.Match[str]) -> str:
        newlines = "\n" * match[0].count("\n")
        return f"{newlines}{_CLOSE if match[1] is None else _OPEN + normalise(match[1])}\x02"

    text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    text = _SHORTCODE.sub(mark, text)
    if len(re.findall(r"<summary\b", text, re.I)) == len(re.findall(r"</details>", text, re.I)):
        text = _DETAILS.sub(mark_details, text)
    broken = re.search(r"\{\{[<%]", text)
    if broken is not None:
        line = text.count("\n", 0, broken.start()) + 1
        raise DocumentError(page, line, "a shortcode is not closed; end it with >}} or %}}")
    return text


def _blocks_of_web_page(text: str) -> Iterator[_Block]:
    """Yield the blocks of a saved web page; a row's first cell names its place."""
    section = INTRODUCTION
    for piece in read_web_page(text):
        if piece.kind is Kind.TITLE:
            section = normalise(piece.text) or section
        label = normalise(piece.row) or section
        is_title = piece.kind is Kind.TITLE
        yield _Block(piece.line, label, (piece.text,), is_title, piece.is_link)


class _Sections:
    """The section of the current line: the innermost open block, else the last heading."""

    def __init__(self, page: str, *, has_title: bool) -> None:
        self._page = page
        self._heading = INTRODUCTION
        self._has_title = has_title
        self._open: list[tuple[str, int]] = []

    @property
    def now(self) -> str:
        return self._open[-1][0] if self._open else self._heading

    def heading(self, title: str) -> None:
        self._heading = title

    def is_title_of_page(self, heading: str) -> bool:
        """Return whether a heading is the page's own title, which Hugo has in front matter."""
        return self._has_title and re.match(r"#\s", heading) is not None

    def open(self, title: str, line: int) -> None:
        self._open.append((title or self.now, line))

    def close(self, line: int) -> None:
        if not self._open:
            raise DocumentError(
                self._page, line, "expand is closed here and nowhere opened; remove one of them"
            )
        self._open.pop()

    def finish(self) -> None:
        if self._open:
            title, line = self._open[-1]
            raise DocumentError(
                self._page, line, f'expand "{title}" is opened and never closed; add its end'
            )
