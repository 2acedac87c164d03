"""What kind of markup a page has: by the ending of its name, or by marks in a text without one."""

from __future__ import annotations

import enum
import re
from pathlib import PurePath

from lagg_tool.claims.web_page import is_archive, is_web_page
from lagg_tool.errors import DocumentError


class Markup(enum.Enum):
    """A kind of markup, with the endings of its files."""

    MARKDOWN = (".md", ".mdx", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd")
    ASCIIDOC = (".adoc", ".asciidoc", ".asc")
    RESTRUCTURED = (".rst", ".rest")
    WEB_PAGE = (".html", ".htm", ".xhtml", ".mhtml", ".mht")
    TEXT = (".txt", ".text")


_OF_ENDING = {ending: markup for markup in Markup for ending in markup.value}
ENDINGS = _OF_ENDING.keys()
_ASCIIDOC = re.compile(
    r"^(?:={2,5} (?![=\"]).*[^=\s]|\|={3,}[ \t]*"
    r"|\[(?:arabic|NOTE|TIP|IMPORTANT|WARNING|CAUTION)\])$",
    re.MULTILINE,
)
_NO_ASCIIDOC = re.compile(r"^(?:#{1,6} |\.\. )", re.MULTILINE)
_RESTRUCTURED = re.compile(
    r"^\.\. [\w-]+::|`[^`<>]+ <[^<>`\s]+>`_|^\+(?:[-=]+\+)+$|^[^\n]{3,}\n(=|\^){3,}$",
    re.MULTILINE,
)
_NOT_READ = re.compile(
    r"^(?:\\(?:documentclass|begin|(?:sub)*section)\b.*[\]}]|\.(?:TH|SH|PP|TP)\b.*|h[1-6]\. .*)$"
    r"|\A\{\\(?:rtf|pard)",
    re.MULTILINE,
)
# What looks like a web page. HTML 4 has its own name in capitals.
_DOCBOOK = re.compile(
    r"\s*(?:<\?xml\b[^<>]*>\s*)?<(?:!DOCTYPE(?!\s+html\b)|(?:article|book) xmlns)", re.IGNORECASE
)


def markup_of(name: str, text: str) -> Markup:
    """Return the kind of markup of a page. A web page may be saved as text.

    Raises DocumentError for what is none of these.
    """
    known = _OF_ENDING.get(PurePath(name).suffix.lower())
    if known is not None and known is not Markup.TEXT:
        return known
    is_page = is_archive(text) or is_web_page(text)
    if known is None and (_DOCBOOK.match(text) or (not is_page and _NOT_READ.search(text))):
        raise DocumentError(
            name,
            None,
            "LaTeX, troff, RTF, DocBook and Textile are not read; "
            "name the page that this was made of",
        )
    if is_page:
        return Markup.WEB_PAGE
    if known is Markup.TEXT:
        return known
    if _ASCIIDOC.search(text) and not _NO_ASCIIDOC.search(text):
        return Markup.ASCIIDOC
    return Markup.RESTRUCTURED if _RESTRUCTURED.search(text) else Markup.MARKDOWN
