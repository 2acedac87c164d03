"""What the search knows of the pages that are written by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from lagg_tool.site.identifiers import Identifiers
from lagg_tool.site.search import Written, prose, search_index
from tests.support.paths import ROOT

HOW_TOS = sorted((ROOT / "docs" / "howto").glob("*.md"))


def indexed(markdown: str) -> str:
    page = Written("howto/a.html", "A", prose(markdown))
    [part] = search_index((), Identifiers({}), (), [page])
    _, _, _, text, _ = json.loads(part.content.decode().partition(".push(\n")[2][:-3])
    return str(text)


def test_a_long_page_is_found_by_its_last_word() -> None:
    text = indexed("# A\n\n" + "Words that come again and again. " * 1000 + "Netlab.\n")

    assert "netlab" in text
    assert len(text) < 3000


@pytest.mark.parametrize("command", ["`source <(lagg-tool completion bash)`", "`a < b`"])
def test_what_follows_a_sign_of_the_shell_is_found(command: str) -> None:
    text = indexed(f"# A\n\n{command} completes. So does zsh.\n\n<!-- tried: here -->\n")

    assert "zsh" in text
    assert "tried" not in text


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_every_how_to_has_the_words_that_people_type(page: Path) -> None:
    head = re.match(r"---\n(.*?)\n---\n", page.read_text(encoding="utf-8"), re.DOTALL)

    assert head
    assert re.search(r"^keywords: \w.*,", head[1], re.MULTILINE)
