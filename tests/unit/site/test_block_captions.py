"""A reader sees where a block is typed, and reads options whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lagg_tool.site.block_captions import with_captions, with_whole_options
from tests.support.page_commands import blocks
from tests.support.paths import ROOT

PAGES = [ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "howto").glob("*.md"))]
CAPTIONS = {"nas": "On the NAS:", "here": "On your machine:"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_that_is_typed_says_where(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    captions = re.findall(r'<p class="block-caption">(.*?)</p>\n\n```', with_captions(text))

    expected = [
        f"The file <code>{block.what}</code>:" if block.kind == "file" else CAPTIONS[block.what]
        for block in blocks(text)
    ]
    assert captions == expected


def test_a_block_that_is_not_tried_has_no_caption() -> None:
    page = "<!-- not tried: half an hour -->\n```sh\nls\n```\n<!-- shows: a -->\n"

    assert with_captions(page) == page


def test_an_option_is_one_word() -> None:
    page = "<code>lagg-tool diagnose lagg0 --listen 40</code> and <code>--become sudo</code>"

    assert with_whole_options(page) == (
        '<code>lagg-tool diagnose lagg0 <span class="option">--listen</span> 40</code> and '
        '<code><span class="option">--become</span> sudo</code>'
    )


@pytest.mark.parametrize(
    "page",
    [
        '<pre tabindex="0"><code>lagg-tool show --json</code></pre>',
        '<pre tabindex="0"><code class="language-sh">lagg-tool show --json</code></pre>',
        "<code>a--b</code>",
        "text --json",
    ],
)
def test_blocks_and_other_hyphens_stay_as_they_are(page: str) -> None:
    assert with_whole_options(page) == page
