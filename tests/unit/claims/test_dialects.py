"""Other dialects become Markdown, each line where it was."""

import pytest

from lagg_tool.claims.article import parse_article
from lagg_tool.claims.asciidoc import without_asciidoc
from lagg_tool.claims.dialects import as_markdown
from lagg_tool.claims.markup import Markup


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


def test_columns_may_be_set_with_tabs() -> None:
    text = "\nprimary\t\tThe first port\nport of\t\tsends while\na LAGG\t\tit is up.\n"

    assert as_markdown(text, Markup.TEXT) == as_markdown(text.expandtabs(), Markup.TEXT)


COLUMNS = """Of these,
there are two kinds of them.
    Field                   Meaning
                    Blank means the
                    default.
Number of ports
                    More are better.
Switches that speak The other
LACP                ends.
"""


def test_a_table_in_columns_is_read_column_by_column() -> None:
    sentences = parse_article("x.txt", COLUMNS).sentences
    texts = [sentence.text for sentence in sentences]

    assert texts == [
        "Of these, there are two kinds of them.",
        "Field Number of ports Switches that speak LACP Meaning Blank means the default.",
        "More are better.",
        "The other ends.",
    ]
    assert COLUMNS.splitlines()[sentences[-1].line - 1].startswith("Switches")
    assert len({sentence.paragraph for sentence in sentences[1:]}) == 1


ITEM = """   3. Use the one
      that is there, or
      none at all.
Ports
"""


def test_an_item_with_a_title_below_it_is_no_table() -> None:
    texts = [sentence.text for sentence in parse_article("x.txt", ITEM).sentences]

    assert texts == ["Use the one that is there, or none at all.", "Ports"]


SHEETS = """The docs 1
One port.
See p. 1
One more.

Field
\fThe docs 2
Field
Two ports, or 12.
See p. 2
Two more.
\fThe docs 3
Three ports.
See p. 3
Three more.
"""


def test_what_is_at_the_ends_of_sheets_or_on_all_is_no_text() -> None:
    found = [(s.line, s.text) for s in parse_article("x.txt", SHEETS).sentences]

    assert found == [
        (2, "One port."),
        (4, "One more."),
        (9, "Two ports, or 12."),
        (11, "Two more."),
        (13, "Three ports."),
        (15, "Three more."),
    ]
