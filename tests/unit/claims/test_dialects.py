"""Other dialects become Markdown, each line where it was."""

import textwrap

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


@pytest.mark.parametrize("indent", [0, 12])
def test_items_with_a_gap_behind_their_numbers_are_no_columns(indent: int) -> None:
    items = textwrap.indent("1.  Use one.\n2.  Use two.\n3.  Use three.\n", " " * indent)

    texts = [sentence.text for sentence in parse_article("x.txt", items).sentences]

    assert texts == ["Use one.", "Use two.", "Use three."]


SHEETS = """The docs 1 of 13.3
One port.
One more.

Field
\fThe docs 2 of 13.3
Field
Two ports, or 12.
Two more.
Field
\fThe docs 3 of 13.3
Three ports.
Three more.
See 4
"""


def test_what_the_ends_of_sheets_have_in_common_is_no_text() -> None:
    found = [(s.line, s.text) for s in parse_article("x.txt", SHEETS).sentences]

    assert found == [
        (2, "One port."),
        (3, "One more."),
        (8, "Two ports, or 12."),
        (9, "Two more."),
        (12, "Three ports."),
        (13, "Three more."),
        (14, "See 4"),
    ]


@pytest.mark.parametrize(
    "ends",
    [
        ("The MTU is 1500.", "The MTU is 9000."),
        ("The MTU is 1500.", "The MTU is 9000.", "The MTU is 9216."),
        ("Use 2 ports.", "Use 3 ports.", "A bond.", "A port."),
        ("Use 2 of 2 ports.", "Use 3 of 3 ports.", "Use 4 of 4 ports."),
    ],
)
def test_sentences_at_the_ends_of_sheets_that_differ_in_a_number_are_text(
    ends: tuple[str, ...],
) -> None:
    text = "".join(f"{end}\n\nSheet {'x' * at}.\n\f" for at, end in enumerate(ends, 1))

    assert [s.text for s in parse_article("x.txt", text).sentences][::2] == [*ends]


def test_a_title_page_has_no_number_and_a_chapter_may_have_two_sheets() -> None:
    sheets = [
        "Of bonds\n",
        "Ports\nA port sends.\n1\n",
        "Ports\nA port hears.\n2\n",
        "A bond is up.\n3\n",
        "A bond is down.\n4\n",
        "",
    ]

    texts = [s.text for s in parse_article("x.txt", "\f".join(sheets)).sentences]

    assert " ".join(texts) == "Of bonds A port sends. A port hears. A bond is up. A bond is down."


def test_a_long_line_at_the_ends_of_sheets_has_no_number_of_a_page() -> None:
    ends = [f"Port {at} {'sends and ' * 30}hears." for at in range(1, 4)]
    text = "".join(f"{end}\n\nSheet {'x' * at}.\n\f" for at, end in enumerate(ends, 1))

    assert [s.text for s in parse_article("x.txt", text).sentences][::2] == ends


TWO_COLUMNS = """A bond is one interface     Setting   Meaning
that is made of several.    Name      A name
                                      is bondX
Use two ports, or more.               or laggX.
A port repeats               MTU      Blank means
what it hears.                        1500.
"""


def test_two_columns_of_text_are_read_one_after_the_other() -> None:
    found = [s.text for s in parse_article("x.txt", TWO_COLUMNS).sentences]

    assert found[:3] == [
        "A bond is one interface that is made of several.",
        "Use two ports, or more.",
        "A port repeats what it hears.",
    ]


BROKEN_CELL = """Of bonds

  Setting   Meaning
            A name is
  Name      bondX.
            The largest frame
  Size      has room for

1 of 2
\fOf bonds

            the labels of a
            VLAN.
  Hash      What decides
            the port.

2 of 2
"""


def test_a_cell_goes_on_behind_the_end_of_its_sheet() -> None:
    sentences = parse_article("x.txt", BROKEN_CELL).sentences
    found = {s.text: s.line for s in sentences}

    assert "The largest frame has room for the labels of a VLAN." in found
    assert found["What decides the port."] == 14


@pytest.mark.parametrize("first", ["The next one.", "- one", "3 more"])
def test_a_sentence_does_not_go_on_with_another_one_of_the_next_sheet(first: str) -> None:
    text = f"A first one\n\n\f\n{first}\n"

    assert parse_article("x.txt", text).sentences[0].text == "A first one"


SHEETS_IN_COLUMNS = """Bonds

A bond
                            turn. Nothing is
is one interface that
                            negotiated with the
is made of several.         other end.

It survives a broken
                            Every port repeats
cable, e.g. one that
                            every frame, from 1-
was cut. Use two.
                            9 of them. Set it.
1. Start it.                Stop it by hand.
2. Wait.                    Blank means none.
Frames leave by each        Ports may be of
port in                     two kinds. They
\fhave one speed.             The rest is that a
Port a is up.               port that is up sends.
Port b is up.               port b sends and hears.
Port c is up.               port c sends and hears.
Port d is up.               port d sends and hears.
Port e is up.               port e sends and hears.
Port f is up.               port f sends and hears.
Port g is up.               port g sends and hears.
Port h is up.               port h sends and hears.
"""


def test_two_columns_of_a_sheet_are_read_one_after_the_other() -> None:
    found = [(s.line, s.text) for s in parse_article("x.txt", SHEETS_IN_COLUMNS).sentences]

    assert found == [
        (1, "Bonds"),
        (3, "A bond is one interface that is made of several."),
        (9, "It survives a broken cable, e.g. one that was cut."),
        (13, "Use two."),
        (15, "Start it."),
        (16, "Wait."),
        (17, "Frames leave by each port in turn."),
        (4, "Nothing is negotiated with the other end."),
        (10, "Every port repeats every frame, from 1- 9 of them."),
        (14, "Set it."),
        (15, "Stop it by hand."),
        (16, "Blank means none."),
        (17, "Ports may be of two kinds."),
        (18, "They have one speed."),
        *((20 + number, f"Port {port} is up.") for number, port in enumerate("abcdefgh")),
        (19, "The rest is that a port that is up sends."),
        *((21 + number, f"port {port} sends and hears.") for number, port in enumerate("bcdefgh")),
    ]
