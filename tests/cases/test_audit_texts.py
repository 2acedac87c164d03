"""Cases 18 and 19: the copies of an article that people have."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.claims import Drift, audit, load_claims
from lagg_tool.claims.article import parse_article
from lagg_tool.cli import main
from lagg_tool.errors import DocumentError
from tests.cases import cases
from tests.support.paths import TESTS

DATA = TESTS / "unit" / "claims" / "data"
PAGE = (DATA / "bonding.md").read_text(encoding="utf-8")
CLAIMS = load_claims(DATA / "bonding.toml")


def drift_of(text: str, name: str = "bonding.md") -> Drift:
    return audit([parse_article(name, text)], CLAIMS)


def changed(drift: Drift) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.text, each.claims) for each in drift.changed]


def case(number: int, capsys: pytest.CaptureFixture[str]) -> dict[str, list[dict[str, object]]]:
    assert main(["audit", "--article", str(cases.path(number)), "--json"]) == 1
    found: dict[str, list[dict[str, object]]] = json.loads(capsys.readouterr().out)["drift"]
    return found


def test_case_18_the_changed_sentence_is_tied_to_its_claim(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drift = case(18, capsys)

    assert [each["claims"] for each in drift["changed"]] == [["C-17"]]
    assert drift["uncovered"] == []
    titles = {"LACP", "Lagg Protocol Options"}
    assert not [g for g in drift["gone"] if g["paragraph"] == 0 and g["section"] in titles]


def test_case_19_a_saved_page_is_read_as_its_readers_see_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    drift = case(19, capsys)

    gone = {claim for each in drift["gone"] for claim in each["claims"]}  # type: ignore[attr-defined]
    assert (drift["changed"], drift["uncovered"]) == ([], [])
    assert not {"C-03", "C-04", "C-05", "C-08"} & gone


BLOCKS: dict[str, Callable[[str], str]] = {
    "nest-expand": lambda text: text.replace("expand", "nest-expand"),
    "an argument more": lambda text: re.sub(r'(expand "\w+")', r'\1 "v"', text),
    "a named title": lambda text: re.sub(r'expand "(\w+)"', r'expand color="red" title="\1"', text),
    "percent": lambda text: text.replace("{{< ", "{{% ").replace(" >}}", " %}}"),
    "tab in tabs": lambda text: (
        text.replace('expand "Modes"', 'tabs "Modes"')
        .replace("{{< /expand >}}\n{{< /expand >}}", "{{< /expand >}}\n{{< /tabs >}}")
        .replace("{{< /expand >}}\n\n## ", "{{< /tabs >}}\n\n## ")
        .replace("expand", "tab")
    ),
    "details": lambda text: re.sub(
        r'\{\{< expand "(\w+)" >\}\}', r"<details><summary>\1</summary>\n", text
    ).replace("{{< /expand >}}", "\n</details>"),
    "a hint around it": lambda text: text.replace(
        '{{< expand "Rotate" >}}', '{{< hint type="note" >}}{{< expand "Rotate" >}}'
    ).replace("negotiated.\n{{< /expand >}}", "negotiated.\n{{< /expand >}}{{< /hint >}}"),
    "pictures as tags": lambda text: text.replace(
        "## Settings", '<img src="/x.png">\n<br><br>\n\n## Settings'
    ),
    "breaks in a cell": lambda text: text.replace("frame. Blank", "frame.<br>Blank"),
    "CR LF": lambda text: text.replace("\n", "\r\n"),
}


def titled(form: str) -> Callable[[str], str]:
    """Write the blocks with a title in another program's form, with the end that it has."""
    before, after = form.split("|")

    def written(text: str) -> str:
        text = re.sub(r"\{\{< include .*?>\}\}\n|\A---\n.*?\n---\n", "", text, flags=re.DOTALL)
        text = re.sub(r'\{\{< expand "(\w+)" >\}\}\n?', rf"\n\n{before}\n\n", text)
        return text.replace("{{< /expand >}}", f"\n\n{after}\n\n")

    return written


def restructured(text: str) -> str:
    """Write the page as reStructuredText, the table drawn with plus signs."""
    text = titled(".. dropdown:: \\1\n   :open:|..")(text)
    text = re.sub(r"!\[.*\]\(.*\)", ".. image:: /images/form.png\n   :alt: Picture", text)
    text = re.sub(r"\[([^\]]+)\]\(\{.*?\}\)", r":doc:`\1 <glossary>`", text)
    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r"`\1 <\2>`__", text)
    text = text.replace("## Settings", "Settings\n--------").replace("`bondX`", "``bond``\\ ``X``")
    table = (
        "+---------+------------------------+\n| Setting | Meaning                |\n"
        "+=========+========================+\n| Size    | The largest frame.     |\n"
        "|         | Blank means 1500.      |\n+---------+------------------------+\n"
    )
    return "=====\nBonds\n=====\n\n" + re.sub(r"(?s)\| Setting.*1500\. \|\n", table, text)


def asciidoc(text: str) -> str:
    """Write the page as AsciiDoc."""
    text = titled("=== \\1|")(text)
    text = re.sub(r"!\[.*\]\(.*\)", "image::/images/form.png[Picture]", text)
    text = re.sub(r"\[([^\]]+)\]\(\{.*?\}\)", r"xref:glossary.adoc[\1]", text)
    text = re.sub(r"\[([^\]]+)\]\(([^)]+)\)", r"\2[\1,window=_blank]", text)
    text = text.replace("## Settings", "[[set]]\n== Settings").replace("\n- ", "\n* ")
    text = re.sub(
        r"\| \*\*(\w+)\*\* \| (.*) \|\n",
        '[cols="1,2",options="header"]\n|===\n|Setting |Meaning\n\n|*\\1*\n|\\2\n|===\n',
        re.sub(r"\| Setting.*\n\|-.*\n", "", text),
    )
    return f"= Joining cables\n:toc: left\n\n{text.replace('**', '*')}"


BROWSER = titled("\\1 ↕|")


BLOCKS |= {
    "Docusaurus": titled(":::note[\\1]|:::"),
    "VitePress": titled("::: details \\1|:::"),
    "MkDocs": titled('=== "\\1"|'),
    "MDX": titled('<TabItem label="\\1">|</TabItem>'),
    "GitHub": lambda text: "# Joining cables\n" + titled("### \\1\n\n> [!NOTE]|")(text),
    "quoted": lambda text: re.sub("(?m)^", "> ", titled("### \\1|")(text)),
    "links with names": lambda text: (
        text.replace("](https://example.org/bond)", "][Bond]")
        + '\n[bond]: https://example.org/bond "What it is"\n'
    ),
    "AsciiDoc": asciidoc,
    "reStructuredText": restructured,
    "reStructuredText, a simple table": lambda text: re.sub(
        r"(?s)\+---.*---\+\n",
        "======= ==========================================\nSetting Meaning\n"
        "======= ==========================================\n"
        "Size    The largest frame. Blank means 1500.\n"
        "======= ==========================================\n",
        restructured(text),
    ),
    "copied from a browser": lambda text: re.sub(
        r"\| (\S+) \| (.*) \|", r"\1\t\2", BROWSER(re.sub(r"\|-.*\|\n", "", text))
    ),
}


GOOGLE = "https://www.google.com/url?q=https://example.org/bond&sa=D&source=editors"

BLOCKS |= {
    "attributes": lambda text: text.replace("## Settings", "## Settings {#set .x}").replace(
        '"The form")', '"The form"){: .border width=40 }\n{: .note }'
    ),
    "Liquid": lambda text: re.sub(
        r'\{\{< expand "(\w+)" >\}\}', r'{% tab title="\1" %}', text
    ).replace("{{< /expand >}}", "{% endtab %}"),
    "titles in other quotes": lambda text: text.replace('expand "Mirror"', "expand `Mirror`"),
    "comments of Hugo": lambda text: text.replace(
        "## Settings",
        "{{/* Hidden. */}}\n{{< comment >}}Never seen.{{< /comment >}}\n\n## Settings",
    ),
    "front matter in JSON": lambda text: re.sub(
        r"(?s)\A---\n.*?\n---\n", '{\n  "title": "Joining cables",\n  "weight": 3\n}\n', text
    ),
    "front matter that dots end": lambda text: text.replace("\n---\n", "\n...\n", 1),
    "front matter after a line": lambda text: f"\n{text}",
    "tags within words": lambda text: re.sub(
        r"\*\*(.*?)\*\*", r'<strong class="x">\1</strong>', text
    ).replace("by each port in turn", "by each port in <em>turn</em>"),
    "characters of a word processor": lambda text: (
        text.replace("negotiated", "nego\u00adtiated")
        .replace("broken cable", "broken&nbsp;cable")
        .replace("Every port", "Every\u200b port")
    ),
    "links as tags": lambda text: text.replace(
        "[bond](https://example.org/bond)", '<a href="https://example.org/bond" target="x">bond</a>'
    ),
    "links in brackets": lambda text: text.replace(
        "(https://example.org/bond)", "(<https://example.org/bond>)"
    ),
    "links of an export": lambda text: text.replace("https://example.org/bond", GOOGLE),
    "signs of footnotes": lambda text: text.replace(
        "in turn.", 'in turn.<sup id="a">[1](#fn1)</sup>'
    ).replace("negotiated.", "negotiated.[^2]"),
    "letters of a list": lambda text: text.replace("- Use", "a. Use").replace(
        "- A name", "b. A name"
    ),
    "boxes of a list": lambda text: text.replace("- Use", "- [ ] Use").replace(
        "- A name", "\u2022 A name"
    ),
    "a table of tags": lambda text: re.sub(
        r"\| \*\*(\w+)\*\* \| (.*) \|",
        r"<table><tr>\n<th>Setting</th><th>Meaning</th></tr>\n"
        r"<tr><td>\1</td>\n<td>\2</td></tr></table>",
        re.sub(r"\| Setting.*\n\|-.*\n", "", text),
    ),
    "a table as a list": lambda text: re.sub(
        r"\| \*\*(\w+)\*\* \| (.*) \|", r"- **\1**: \2", re.sub(r"\| Setting.*\n\|-.*\n", "", text)
    ),
    "a table as headings": lambda text: re.sub(
        r"\| \*\*(\w+)\*\* \| (.*) \|", r"### \1\n\n\2", re.sub(r"\| Setting.*\n\|-.*\n", "", text)
    ),
    "titles on the line of their text": titled("**\\1** \u2013|"),
    "titles as cells": lambda text: (
        titled("\\1|")(text)
        .replace("Rotate\n\n\n", "| x | y |\n|--|--|\n| Rotate | ")
        .replace("Nothing is negotiated.\n", "Nothing is negotiated. |")
    ),
    "a word before a note": lambda text: text.replace("Every port", "**Note:** Every port"),
    "numbers of headings": lambda text: text.replace("## Settings", "## 2 Settings"),
}


NAMES = {"AsciiDoc": ".adoc", "reStructuredText": ".rst", "copied from a browser": ".txt"}


@pytest.mark.parametrize("word", ["Never:", "In 13.3,", "Formerly"])
def test_a_word_before_a_sentence_changes_it(word: str) -> None:
    drift = drift_of(PAGE.replace("Frames leave by", f"{word} Frames leave by"))

    assert changed(drift) == [(f"{word} Frames leave by each port in turn.", ("C-03",))]
    assert (drift.uncovered, drift.gone) == ((), ())


@pytest.mark.parametrize("how", BLOCKS)
def test_a_copy_with_other_blocks_has_no_drift(how: str) -> None:
    copy = BLOCKS[how](PAGE)

    name = f"bonding{NAMES.get(how.split(',', maxsplit=1)[0], '.md')}"

    assert copy != PAGE
    assert drift_of(copy, name) == Drift()
    if not how.startswith("copied"):
        assert drift_of(copy, "bonding") == Drift(), "by its marks"


def test_the_title_of_a_page_above_its_text_is_no_new_sentence() -> None:
    assert drift_of(f"Bonding\n\n{BROWSER(PAGE)}") == Drift()
    assert drift_of(f"Bonding now\n\n{BROWSER(PAGE)}").uncovered


@pytest.mark.parametrize(
    "piece",
    [
        "\t",
        " ↕",
        "a\tb ",
        "== ==\n",
        "== a\n",
        "| a |\n",
        "::: ",
        "<A ",
        '<b "x',
        "<b hidden>",
        "[[a|",
    ],
)
def test_a_long_page_of_anything_is_read_at_once(piece: str) -> None:
    """Squares of its length would take the ten minutes that a test has."""
    assert parse_article("x.md", piece * (20_000 // len(piece))).page == "x.md"


@pytest.mark.parametrize("line", [":|:a|x", "`| |x", "::: x y| |z", "## y| |z"])
def test_a_long_line_of_another_dialect_is_read_at_once(line: str) -> None:
    before, piece, after = line.split("|")
    page = f".. note:: x\n\n{before}{piece * 100_000}{after}\n"

    assert parse_article("x.rst", page).page == "x.rst"


def test_many_calls_of_hugo_without_an_end_are_refused_at_once() -> None:
    with pytest.raises(DocumentError, match="a shortcode is not closed"):
        parse_article("x.md", "{{< a " * 100_000)


@pytest.mark.parametrize(
    "new",
    [
        "!!! never do that",
        ".. danger:: It is new.",
        ".. seealso:: It is new.",
        ".. versionadded:: It is new.",
    ],
)
def test_a_sentence_that_looks_like_a_block_of_another_dialect_is_new(new: str) -> None:
    assert not drift_of(PAGE).uncovered
    assert drift_of(f"{PAGE}\n{new}\n").uncovered


def test_a_heading_of_the_first_level_is_new_where_front_matter_has_the_title() -> None:
    front, body = re.fullmatch(r"(?s)(---\n.*?\n---\n)(.*)", PAGE).groups()  # type: ignore[union-attr]

    found = drift_of(f"{front}\n# Cables of many colours\n{body}")

    assert [each.text for each in found.uncovered] == ["Cables of many colours"]
    assert drift_of(f"# Cables of many colours\n{body}") == Drift()


def test_text_before_tildes_is_no_heading() -> None:
    copy = "A port is up:\n~~~\nifconfig x\n~~~\n"

    assert parse_article("x.md", copy) == parse_article("x.md", copy.replace("~", "`"))


def test_a_number_that_begins_a_line_by_chance_is_no_item_of_a_list() -> None:
    filled = "The largest frame has\n1500. More are refused.\n\n1. One\n2. Two\n"

    assert [sentence.text for sentence in parse_article("x.md", filled).sentences] == [
        "The largest frame has 1500.",
        "More are refused.",
        "One",
        "Two",
    ]


def test_a_line_of_another_dialect_has_the_number_that_it_has_in_the_copy() -> None:
    copy = restructured(PAGE).replace("repeats every frame", "repeats each frame")
    (each,) = drift_of(copy, "bonding.rst").changed

    assert copy.split("\n")[each.line - 1] == "Every port repeats each frame."


def test_a_changed_sentence_is_tied_to_its_claim_wherever_it_has_gone() -> None:
    rotated = "Frames leave by each port in turn."
    text = PAGE.replace(rotated, "").replace(
        "## Settings", "## Settings\n\nFrames leave each port in turn.\n"
    )

    drift = drift_of(text)

    assert changed(drift) == [("Frames leave each port in turn.", ("C-03",))]
    assert not drift.uncovered
    assert not drift.gone


def test_the_heading_breaks_a_tie() -> None:
    text = PAGE.replace("Every port repeats every frame.", "Frames leave by each port at random.")
    text = text.replace("by each port in turn", "by each port at random")

    drift = drift_of(text)

    assert drift.changed[0].section == "Rotate"
    assert drift.changed[0].claims == ("C-03",)


def test_two_sentences_that_became_one_are_both_tied_to_it() -> None:
    text = PAGE.replace(
        "Frames leave by each port in turn. Nothing is negotiated.",
        "Frames leave by each port in turn, and nothing at all is negotiated.",
    )

    (found,) = drift_of(text).changed

    assert set(found.claims) == {"C-03", "C-04"}
    assert not drift_of(text).gone


def test_one_sentence_that_became_two_is_tied_to_both() -> None:
    text = PAGE.replace(
        "It survives\na broken cable, e.g. one that was cut.",
        "It survives\na broken cable. For example one that was cut.",
    )

    drift = drift_of(text)

    assert {claims for _, claims in changed(drift)} == {("C-02",)}
    assert len(drift.changed) == 2
    assert not drift.uncovered


@given(st.permutations(PAGE.split("\n\n")[1:]))
@settings(max_examples=50)
def test_paragraphs_in_another_order_are_no_drift(paragraphs: list[str]) -> None:
    whole = [paragraph for paragraph in paragraphs if "expand" not in paragraph]
    text = "\n\n".join([*whole, *(p for p in PAGE.split("\n\n") if "expand" in p)])

    assert drift_of(text) == Drift()


def test_a_directory_is_searched_for_the_pages_of_the_article(
    article: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    for number, page in enumerate(sorted(article.glob("*.md"))):
        (tmp_path / "deep" / "er" / f"page{number}.md").write_bytes(page.read_bytes())
    (tmp_path / "bonding.md").write_text(PAGE, encoding="utf-8")
    (tmp_path / "broken.md").write_bytes(b"\xff\xfe")

    status = main(["audit", "--article", str(tmp_path)])

    out = capsys.readouterr().out
    assert (status, out.splitlines()[0][:9]) == (0, "no drift:")
    assert "pages that are not part of the article and were left out: 2\n" in out
    assert "not given" not in out


def test_what_was_not_given_is_said(article: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["audit", "--article", str(article / "interface-options.md")])

    out = capsys.readouterr().out
    assert status == 0
    assert "not given: setting-up-link-aggregations.md; nobody looked at C-01, " in out
    assert "not given: interfaces-screen.md" in out


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.md", ""),
        ("page.md", "---\ntitle: x\n---\n"),
        ("page.html", "<html><body></body></html>"),
        ("page", "<html><body></body></html>"),
    ],
)
def test_a_page_without_a_sentence_is_refused(
    name: str, content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / name
    page.write_text(content, encoding="utf-8")

    assert main(["audit", "--article", str(page)]) == 2
    assert "no sentence in it" in capsys.readouterr().err


def test_a_directory_without_the_article_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bonding.md").write_text(PAGE, encoding="utf-8")

    assert main(["audit", "--article", str(tmp_path)]) == 2
    assert "none of its 1 pages is a page of the article" in capsys.readouterr().err


@pytest.mark.parametrize("before", ["Nothing is negotiated.", "The largest frame."])
def test_a_short_sentence_with_many_more_words_is_changed_where_it_stood(before: str) -> None:
    [claim] = [c.id for c in CLAIMS.claims for s in c.sources if _hash(before) in s.hashes]
    after = before.replace(".", ", unless the middleware says otherwise for this model.")

    drift = drift_of(PAGE.replace(before, after))

    assert changed(drift) == [(after, (claim,))]
    assert (drift.uncovered, drift.gone) == ((), ())


def test_another_sentence_in_the_place_of_one_is_new_and_that_one_gone() -> None:
    drift = drift_of(PAGE.replace("Every port repeats every frame.", "No port knows any master."))

    assert (len(drift.changed), len(drift.uncovered), len(drift.gone)) == (0, 1, 1)


def _hash(text: str) -> str:
    [sentence] = parse_article("a.md", text).sentences
    return sentence.hash


def test_a_call_of_hugo_may_end_on_a_line_of_its_own() -> None:
    text = 'One.\n\n{{< figure\n  src="x.png"\n>}}\n\n> Two.\n'
    found = [(each.line, each.text) for each in parse_article("p.md", text).sentences]

    assert found == [(1, "One."), (7, "Two.")]


def test_a_sentence_in_the_first_cell_of_a_row_is_there() -> None:
    text = PAGE.replace("- A name is `bondX`.\n", "")

    assert drift_of(text).gone
    assert drift_of(text.replace("| **Size** |", "| A name is `bondX`. |")) == Drift()
