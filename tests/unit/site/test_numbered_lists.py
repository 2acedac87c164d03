"""Steps of a page keep their numbers, also where a block of commands stands between them."""

from __future__ import annotations

import html.parser
import re
from pathlib import Path

import pytest
from markdown import markdown
from mkdocs.config import load_config

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
_FENCED = re.compile(r"^ *(```|~~~).*?^ *\1", re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"^(\d+)\. ", re.MULTILINE)


def numbered(text: str) -> list[int]:
    return [int(number) for number in _NUMBER.findall(_FENCED.sub("", text))]


PAGES = [page for page in sorted(DOCS.rglob("*.md")) if numbered(page.read_text(encoding="utf-8"))]


class Shown(html.parser.HTMLParser):
    """The numbers that a browser gives to the items of ordered lists."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []
        self._next: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "ol":
            self._next.append(int(dict(attrs).get("start") or 1))
        elif tag == "ul":
            self._next.append(None)
        elif tag == "li" and (number := self._next[-1]) is not None:
            self.numbers.append(number)
            self._next[-1] = number + 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("ol", "ul"):
            self._next.pop()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_steps_have_the_numbers_that_the_page_gives_them(page: Path) -> None:
    config = load_config(str(ROOT / "mkdocs.yml"))
    text = page.read_text(encoding="utf-8")
    shown = Shown()

    extensions = {"extensions": config.markdown_extensions, "extension_configs": config.mdx_configs}
    shown.feed(markdown(text, **extensions))

    assert shown.numbers == numbered(text)
