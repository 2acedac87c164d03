"""Other dialects become Markdown, each line where it was."""

import pytest

from lagg_tool.claims.asciidoc import without_asciidoc
from lagg_tool.claims.dialects import as_markdown


def test_macros_of_asciidoc_are_the_words_that_readers_see() -> None:
    text = "== Bonds\n\nClick menu:Network[Interfaces], press kbd:[Enter] or btn:[Save].\n"

    assert without_asciidoc(text) == (
        "## Bonds\n\nClick Network > Interfaces, press Enter or Save.\n"
    )


@pytest.mark.parametrize("fence", ["```", ":::"])
def test_the_options_of_a_directive_are_no_text(fence: str) -> None:
    text = f"{fence}{{note}}\n:class: tip\n:name: about-bonds\nA bond is one interface.\n{fence}\n"

    lines = as_markdown(text).split("\n")

    assert lines[1:3] == ["", ""]
    assert lines[3] == "A bond is one interface."
