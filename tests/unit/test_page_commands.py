"""Each command of the tutorial and of the how-tos is marked as tried, or says why it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.page_commands import blocks, pages_with_commands, unmarked


@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: page.stem)
def test_every_command_of_a_page_is_tried_or_has_a_reason(page: Path) -> None:
    assert unmarked(page.read_text(encoding="utf-8")) == []


def test_a_command_without_a_mark_is_found() -> None:
    page = "# A\n\n```sh\nls\n```\n\n    lagg-tool show\n\n<!-- not tried: long -->\n```\nx\n```\n"

    assert unmarked(page) == [2, 7]


@pytest.mark.parametrize(
    "page",
    ["<!-- tried: nas -->\n\n```sh\nls\n```\n", "```sh\nls\n```\n<!-- shows: x -->\n"],
    ids=["no block", "no commands"],
)
def test_a_mark_out_of_its_place_is_an_error(page: str) -> None:
    with pytest.raises(ValueError, match="out of its place"):
        blocks(page)
