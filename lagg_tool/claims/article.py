"""An article's page as sentences with their places, in any markup that is read, pure and total.

A page is read as its readers see it: headings and the titles of blocks open sections; a row of a
table is a section named by its first cell. What is left is split into sentences, and each is
normalised, while the address of a link counts. A saved web page is read by ``web_page``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lagg_tool.claims.dialects import as_markdown
from lagg_tool.claims.hugo import AT, CLOSE, MARKER, OPEN, marked_shortcodes, without_front_matter
from lagg_tool.claims.markup import Markup, markup_of
from lagg_tool.claims.sentence import Sentence, normalise, split_sentences
from lagg_tool.claims.web_page import Kind, page_of_archive, read_web_page
from lagg_tool.errors import DocumentError, UnreadableError
from lagg_tool.pasted_text import decoded, is_text
from lagg_tool.whole_file import read_whole

# The page's opening, before any heading.
INTRODUCTION = "Introduction"

_LIST_ITEM = re.compile(
    r"^\s*(?:[-*+\u2022\u25e6\u25aa]|\d+[.)]|\(\w{1,3}\)|(?:[a-z]|[ivx]{2,4})[.)](?=\s+[A-Z*_`(]))\s+"
    r"(?:\[[ xX]\]\s+)?"
)
_LATER_ITEM = re.compile(r"\s*(?:(?!1[.)])\d|\(|[b-z])")
_TITLED = re.compile(r"^title[ \t]*[:=]", re.MULTILINE)  # in front matter
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_DIVIDER = re.compile(r"^\|\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$")
_RULER = re.compile(r"\s*(```.*|~~~.*|(\*\s*){3,}|(-\s*){3,}|(_\s*){3,})")


@dataclass(frozen=True)
class Article:
    """One page of the article, read from ``page`` (its file name)."""

    page: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True)
class _Block:
    """A paragraph, list item, table cell or title; ``lines`` are its lines, with their numbers."""

    numbers: tuple[int, ...]
    section: str
    lines: tuple[str, ...]
    is_title: bool = False
    is_link: bool = False


def read_article(path: Path, name: str = "") -> Article:
    """Read one page, which goes by its file name or another. Raises DocumentError."""
    return article_of(str(path), read_page(path), name or path.name)


def read_page(path: Path) -> bytes:
    """Return the bytes of a page. Raises DocumentError."""
    try:
        return read_whole(path)
    except OSError as error:
        raise DocumentError(
            str(path), None, f"{error.strerror}; name a file that can be read"
        ) from error


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
    raise UnreadableError("this is not text; name a page that was saved as Markdown or HTML")


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
        yield block.numbers[sum(end <= begun for end in ends[:-1])]
        begun += len(sentence.split())


def _blocks(page: str, text: str, markup: Markup) -> Iterator[_Block]:
    """Yield the page's blocks in order, each with its section."""
    body = without_front_matter(page, text)
    named = _TITLED.search(text[: len(text) - len(body.lstrip("\n"))]) is not None
    text = as_markdown(body, markup)
    lines = marked_shortcodes(page, text).split("\n")
    sections = _Sections(page, has_title=not named and _has_title(text))
    paragraph: list[str] = []
    numbers: list[int] = []
    in_list = False
    shift = 0
    for at, line in enumerate([*lines, ""], 1):
        if line.startswith(AT):
            shift = int(line[len(AT) : -1]) - at - 1
            continue
        number = at + shift
        following = lines[at] if at < len(lines) else ""
        for piece in MARKER.split(line):
            section = sections.now
            single = _single_line_blocks(sections, number, piece, following)
            item = _LIST_ITEM.match(piece)
            if item and paragraph and not in_list and _LATER_ITEM.match(piece):
                item = None  # a number at the end of a sentence, which begins a line by chance
            if (single is not None or not line.strip() or item) and paragraph:
                yield _Block(tuple(numbers), section, tuple(paragraph))
                paragraph, numbers = [], []
            if single is not None:
                yield from single
            elif piece.strip():
                if not paragraph:
                    in_list = item is not None
                paragraph.append(piece[item.end() :] if item else piece)
                numbers.append(number)
    sections.finish()


def _has_title(text: str) -> bool:
    """Return whether one heading is above all others."""
    levels = [len(found[1]) for found in re.finditer(r"^(#{1,6})\s", text, re.MULTILINE)]
    return len(levels) > 1 and levels[0] == 1 and levels.count(1) == 1


def _single_line_blocks(
    sections: _Sections, number: int, line: str, following: str
) -> list[_Block] | None:
    """Return the blocks of a line that is a block of its own; None for a line of a paragraph."""
    if line.startswith(OPEN):
        title = line[len(OPEN) : -1]
        sections.open(title, number)
        return [_Block((number,), title, (title,), is_title=True)]
    if line.startswith(CLOSE):
        sections.close(number)
        return []
    if heading := _HEADING.match(line):
        title = normalise(heading[1].rstrip("#").rstrip())
        of_page = sections.is_title_of_page(heading[0])
        if not of_page:
            sections.heading(title)
        return [] if of_page else [_Block((number,), title, (title,), is_title=True)]
    if line.lstrip().startswith("|"):
        if _DIVIDER.match(line.strip()) or _DIVIDER.match(following.strip()):
            return []
        return _row_blocks(number, line, sections.now)
    return [] if _RULER.fullmatch(line) else None


def _row_blocks(number: int, line: str, section: str) -> list[_Block]:
    """Return a table row's cells; the first one, if there are more, names the place."""
    cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    label, rest = (normalise(cells[0]), cells[1:]) if len(cells) > 1 else (section, cells)
    return [_Block((number,), label, (cell,)) for cell in rest]


def _blocks_of_web_page(text: str) -> Iterator[_Block]:
    """Yield the blocks of a saved web page; a row's first cell names its place."""
    section = INTRODUCTION
    for piece in read_web_page(text):
        if piece.kind is Kind.TITLE:
            section = normalise(piece.text) or section
        label = normalise(piece.row) or section
        is_title = piece.kind is Kind.TITLE
        yield _Block((piece.line,), label, (piece.text,), is_title, piece.is_link)


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
