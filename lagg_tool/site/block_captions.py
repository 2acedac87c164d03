"""Captions of the blocks on hand-written pages, made from the marks by which tests type them."""

from __future__ import annotations

import html
import re

# As CONTRIBUTING describes them; what a block shows and why it is not tried is for tests only.
_MARK = re.compile(
    r"^<!-- (?:tried: (?P<place>nas|here)(?:, exits \d+)?|file: (?P<file>\S+)) -->$", re.MULTILINE
)
_PLACES = {"nas": "On the NAS:", "here": "On your machine:"}
# Not the code of a block, which is behind <pre tabindex="0">.
_INLINE_CODE = re.compile(r'(?<!0">)<code>[^<]*--\w[^<]*</code>')
_OPTION = re.compile(r"(?<![\w-])--\w[\w-]*")


def with_captions(markdown: str) -> str:
    """Say before each block where its commands are typed, or what the file is called."""
    return _MARK.sub(_caption, markdown)


def with_whole_options(page: str) -> str:
    """Keep a narrow screen from breaking an option behind its hyphens."""
    return _INLINE_CODE.sub(
        lambda code: _OPTION.sub(r'<span class="option">\g<0></span>', code[0]), page
    )


def _caption(mark: re.Match[str]) -> str:
    if mark["file"]:
        words = f"The file <code>{html.escape(mark['file'])}</code>:"
    else:
        words = _PLACES[mark["place"]]
    return f'<p class="block-caption">{words}</p>\n'
