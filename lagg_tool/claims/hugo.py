"""What Hugo has around and between the sentences of a page: front matter, shortcodes, comments.

A shortcode that is closed and has a title (``expand``, ``nest-expand``, ``tab``), and ``details``
of HTML, open a section; other calls, such as those that include a page, are nothing to read.
"""

from __future__ import annotations

import re

from lagg_tool.claims.sentence import normalise
from lagg_tool.errors import DocumentError

_SHORTCODE = re.compile(r"\{\{([<%])\s*(/?)\s*([\w-]+)((?:(?!\{\{[<%]).)*?)([>%])\}\}", re.DOTALL)
# A title is the first word in quotes, or one that is called so: not type="note".
_TITLE = re.compile(r"""(?:^|\s)(?:title\s*=\s*)?(["'`])(.*?)\1""", re.DOTALL)
# Blocks whose first word is their colour or their layout.
_UNTITLED = frozenset(("hint", "alert", "notice", "columns", "column"))
_DETAILS = re.compile(r"<details\b[^>]*>\s*<summary\b[^>]*>(.*?)</summary>|</details>", re.I | re.S)
_COMMENT = re.compile(
    r"<!--.*?-->|\{\{/\*.*?\*/\}\}|\{\{[<%]\s*comment\s*[>%]\}\}.*?\{\{[<%]\s*/comment\s*[>%]\}\}",
    re.S,
)
_JSON_FRONT = re.compile(r'\A\{\s*"\w+"\s*:.*?^\}[ \t]*$', re.DOTALL | re.MULTILINE)

# Marks the ends of an expand block while a page is parsed, and the number of the next line.
OPEN = "\x01open:"
CLOSE = "\x01close"
AT = "\x01at:"
MARKER = re.compile(r"(\x01[^\x01\x02]*\x02)")


def without_front_matter(page: str, text: str) -> str:
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


def marked_shortcodes(page: str, text: str) -> str:
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
            return f"{newlines}{CLOSE}\x02" if titled else newlines or " "
        title = None if name in _UNTITLED else _TITLE.search(match[4])
        opened.append(name == "expand" or title is not None)
        if not opened[-1]:
            return newlines or " "
        return f"{newlines}{OPEN}{normalise(title[2] if title else '')}\x02"

    def mark_details(match: re.Match[str]) -> str:
        newlines = "\n" * match[0].count("\n")
        return f"{newlines}{CLOSE if match[1] is None else OPEN + normalise(match[1])}\x02"

    text = _COMMENT.sub(lambda match: "\n" * match[0].count("\n"), text)
    text = _SHORTCODE.sub(mark, text)
    if len(re.findall(r"<summary\b", text, re.I)) == len(re.findall(r"</details>", text, re.I)):
        text = _DETAILS.sub(mark_details, text)
    broken = re.search(r"\{\{[<%]", text)
    if broken is not None:
        line = text.count("\n", 0, broken.start()) + 1
        raise DocumentError(page, line, "a shortcode is not closed; end it with >}} or %}}")
    return text
