"""AsciiDoc as the Markdown that ``article`` reads; every line stays where it is."""

from __future__ import annotations

import re

_TITLE = re.compile(r"^(={1,6}) (?![=\"])(.*)$", re.MULTILINE)
_BLOCK_TITLE = re.compile(r"^\.(?=[^\s.])(.*)$", re.MULTILINE)
_STEP = re.compile(r"^[ \t]*\.+ +(?=\S)", re.MULTILINE)
_ITEM = re.compile(r"^[ \t]*\*+ +(?=\S)", re.MULTILINE)
# What is said of a block, its ends, a picture, a sign that an item goes on.
_SILENT = re.compile(
    r"^[ \t]*(?:\[[^\]\n]*\]{1,2}|:!?[\w-]+!?:.*|={4,}|-{4,}|\*{4,}|_{4,}|--|\+|//.*"
    r"|image::\S+\[.*\])[ \t]*$",
    re.MULTILINE,
)
# The lengths have bounds, since a page of one long word would take squares of them.
_LINK = re.compile(r"(?:link:|(?=https?://))([^\s\[\]]{1,2000})\[([^\]\[,]*)[^\]\[]*\]")
_CROSS = re.compile(r"xref:[^\s\[\]]{1,500}\[([^\]\n]{0,500})\]|<<[^<>,\n]+,([^<>\n]*)>>")
_MENU = re.compile(r"menu:([^\[\]\n]{1,500})\[([^\]\n]*)\]")
_KEY = re.compile(r"(?:kbd|btn):\[([^\]\n]{0,500})\]")


def without_asciidoc(text: str) -> str:
    """Return a page of AsciiDoc as Markdown."""
    text = _TITLE.sub(lambda found: f"{'#' * len(found[1])} {found[2]}", text)
    text = _STEP.sub("1. ", _ITEM.sub("- ", _BLOCK_TITLE.sub(r"### \1", _SILENT.sub("", text))))
    text = _CROSS.sub(lambda found: found[1] or found[2] or "", text)
    text = _KEY.sub(r"\1", _MENU.sub(r"\1 > \2", text))
    return _LINK.sub(r"[\2](\1)", text)
