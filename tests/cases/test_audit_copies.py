"""Copies that say the same, set in other ways, and edits that change what one sentence says."""

from __future__ import annotations

import io
import json
import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from lagg_tool.claims import Drift, audit, parse_claims
from lagg_tool.claims.article import parse_article
from lagg_tool.claims.letters import letters_of
from lagg_tool.claims.markup import Markup, markup_of
from lagg_tool.cli import main
from lagg_tool.errors import DocumentError
from tests.cases.test_audit_texts import CLAIMS, DATA, PAGE, changed, drift_of, titled
from tests.cases.test_audit_web_pages import as_html

BODY = titled("### \\1|")(PAGE)


def without_links(text: str) -> str:
    return re.sub(r"(?<!!)\[([^\]]+)\]\([^)]+\)", r"\1", text)


def hyphenated(text: str) -> str:
    """Break words at the ends of lines, as a PDF has them."""
    text = re.sub(r"\b(inter|sur|nego|lar|al)(face|vives|tiated|gest)", "\\1-\n\\2", text)
    return text.replace("cable, e.g.", "cable,\ne.g.")


def plain(text: str) -> str:
    """Return what a program for reading shows of a page, without any markup."""
    text = re.sub(r"!\[(.*)\]\(.*\)", r"[\1]", without_links(text))
    text = re.sub(r"(?m)^#+ (.*)$", r"\1", re.sub(r"[*`]", "", text))
    text = re.sub(r"\| Setting.*\n\|-.*\n\| (\w+) \| (.*) \|", r"Setting  Meaning\n\n\1  \2", text)
    return text.replace("\n- ", "\n  • ")


TABLE = "Setting  Meaning\n\nSize  The largest frame. Blank means 1500."


def wiki(link: str, heading: str, table: str) -> Callable[[str], str]:
    """Write the page as wikis and Org do."""

    def written(text: str) -> str:
        text = re.sub(r"!\[.*\]\(.*\)\n|\{\{<.*?>\}\}|`", "", titled("## \\1|")(text))
        text = re.sub(r"\[([^\]]+)\]\((?:\{.*?\}|([^)]+))\)", link, text)
        text = re.sub(r"(?m)^## (.*)$", heading, text)
        return re.sub(r"\| Setting.*\n\|-.*\n\| (.*) \| (.*) \|\n", table, text)

    return written


def printed(text: str) -> str:
    """Return a page as paper has it, on four sheets, with titles, dates and numbers."""
    text = plain(titled("### \\1|")(text)).replace("Nothing is", "Nothing\n\fis")
    sheets = "\n\n\f".join(re.split(r"\n(?=Rotate|\n  • Use)", text)).split("\f")
    return "".join(
        f"1/2/26, 8:0{n} PM\n\nCables | The docs\n{sheet}\n\nhttps://example.com/ {n}/4\n\f"
        for n, sheet in enumerate(sheets, 1)
    )


SAME: dict[str, tuple[str, Callable[[str], str]]] = {
    "links without addresses": (".md", without_links),
    "hard wraps": (".md", lambda text: re.sub(r"(?<=\w) (?=of|port|negotiated|ports)", "\n", text)),
    "hyphens at the ends of lines": (".md", hyphenated),
    "numbers of sections": (".md", lambda _: re.sub(r"(?m)^(#+) ", r"\1 1.2 ", BODY)),
    "headings as bold lines": (".md", lambda _: re.sub(r"(?m)^#+ (.*)$", r"**\1**", BODY)),
    "plain text": (".txt", lambda _: plain(BODY)),
    "plain text in narrow lines": (
        ".txt",
        lambda _: "\n\n".join(textwrap.fill(p, 24) for p in plain(BODY).split("\n\n")),
    ),
    "a title that runs into the text": (".txt", lambda _: "Bonding\n" + plain(BODY).lstrip()),
    "a table in columns": (
        ".txt",
        lambda _: plain(BODY).replace(
            TABLE,
            "Setting  Meaning\n         The largest\nSize     frame. Blank\n         means 1500.",
        ),
    ),
    "a table in columns, below a paragraph": (
        ".txt",
        lambda _: plain(BODY).replace(
            f"\n\n{TABLE}",
            "\n   Setting       Meaning\n             The largest\nSize         frame. Blank\n"
            "             means 1500.",
        ),
    ),
    "an item of a list above a title": (
        ".txt",
        lambda _: plain(BODY).replace(
            "A name is bondX.\n\nSetting", "A\n     name\n     is bondX.\nSetting"
        ),
    ),
    "MediaWiki": (
        ".wiki",
        lambda text: (
            "= Bonding =\n"
            + wiki(
                r"[[\2|\1]]",
                r"== \1 ==",
                '{| class="x"\n! width="9"| Setting\n! Meaning\n|-\n'
                "| style=\"a\" | '''\\1'''\n| \\2\n|}\n",
            )(text)
        ),
    ),
    "DokuWiki": (
        ".txt",
        lambda _: wiki(r"[[\2|\1]]", r"==== \1 ====", r"^Setting ^Meaning ^\n|\1 |\2 |\n")(PAGE),
    ),
    "Org": (
        ".org",
        lambda _: (
            "* Bonding\n"
            + wiki(
                r"[[\2][\1]]",
                r"** \1\n   :PROPERTIES:\n   :CUSTOM_ID: one\n   :END:",
                r"| Setting | Meaning |\n|---------+---------|\n| *\1* | \2 |\n",
            )(PAGE)
        ),
    ),
    "printed": (".txt", lambda _: printed(PAGE)),
    "quotes and dashes": (".md", lambda text: text.replace("e.g. one", "e.g.\u00a0one")),
    "places of pictures": (".md", lambda text: text.replace("## Set", "[The form]\n\n## Set")),
    "when it was changed": (".txt", lambda _: f"Last Modified 2023-05-02 10:12\n\n{plain(BODY)}"),
    "raw HTML of pandoc": (".md", lambda text: text.replace("turn.", "`<b>`{=html}turn.")),
    "a quote of tags": (
        ".md",
        lambda text: text.replace("Every port", "<blockquote>Every port"),
    ),
    "a sign of a footnote in a web page": (
        ".html",
        lambda text: as_html(text).replace("in turn.", 'in turn.<sup><a href="#f">1</a></sup>'),
    ),
    "a heading with a line below it": (
        ".md",
        lambda text: text.replace("## Settings", "Settings\n--------"),
    ),
}


@pytest.mark.parametrize("tag", ["kbd", "samp", "code", "var", "mark"])
def test_a_copy_with_tags_for_bold_words_has_no_drift(tag: str) -> None:
    copy = re.sub(r"\*\*(.*?)\*\*", rf"<{tag}>\1</{tag}>", PAGE)

    assert copy != PAGE
    assert drift_of(copy) == Drift()


@pytest.mark.parametrize("how", SAME)
def test_a_copy_that_says_the_same_has_no_drift(how: str) -> None:
    ending, written = SAME[how]
    copy = written(PAGE)

    assert copy != PAGE
    assert drift_of(copy, f"bonding{ending}") == Drift()


AROUND = """<div class="cookie-banner"><p>We use cookies. They are sweet.</p></div>
<div id="docSidebarContainer_x"><ul><li>Other matters</li></ul></div>
<ul><li><a href="/a">Bridges</a></li><li><a href="/b">VLANs</a> / <a href="/c">Jails</a></li></ul>
"""
WAYBACK = """<!-- BEGIN WAYBACK TOOLBAR INSERT --><div id="wm-ipp-base"><p>54 captures.</p></div>
<div id="donato">Please donate.</div><!-- END WAYBACK TOOLBAR INSERT -->"""


def unframed(text: str) -> str:
    """Return a page without an element that says which part of it is the text."""
    return re.sub(r"</?main>", "", as_html(text))


def archived(text: str) -> str:
    page = as_html(text).replace("<body>", f"<body>{WAYBACK}")
    return page.replace('"https://ex', '"https://web.archive.org/web/20230101000000/https://ex')


def archived_without_site(text: str) -> str:
    return re.sub("<link[^>]*>", "", archived(text))


def single_file(text: str) -> str:
    page = re.sub(r'="([\w-]+)"', r"=\1", unframed(text))
    comment = "<!--\n Page saved with SingleFile \n url: https://example.com/docs/ \n-->"
    return re.sub(r"</(?:p|li|tr|td|th|body|html)>", "", page.replace("<head>", f"{comment}<head>"))


SAVED = {
    "Chromium": lambda text: f"<!-- saved from url=(0020)https://example.com/ -->{as_html(text)}",
    "a page without a main part": lambda text: unframed(text).replace("<body>", f"<body>{AROUND}"),
    "SingleFile": single_file,
    "the Wayback Machine": archived,
    "the Wayback Machine, of no site": archived_without_site,
}


@pytest.mark.parametrize("how", SAVED)
def test_a_page_that_was_saved_with_what_is_around_it_has_no_drift(how: str) -> None:
    assert drift_of(SAVED[how](PAGE), "bonding.html") == Drift()


@pytest.mark.parametrize(
    "name",
    [
        *("has-nav", "no-sidebar", "with-toc", "nav-content", "main-menu", "toolbar-body"),
        "sidebar-wrap",
    ],
)
def test_a_paragraph_beside_the_text_of_a_saved_page_is_new(name: str) -> None:
    block = f'<div class="{name}"><p>Something <a>new</a>.</p></div>'
    page = unframed(PAGE).replace("<body>", f"<body>{block}")

    assert [each.text for each in drift_of(page, "bonding.html").uncovered] == ["Something new."]


@pytest.mark.parametrize("tag", ["p", "li", "td"])
def test_a_block_that_may_stay_open_hides_nothing_behind_it(tag: str) -> None:
    page = unframed(PAGE).replace("<body>", f'<body><{tag} class="share">Something new.')

    drift = drift_of(page, "bonding.html")

    assert [each.text for each in drift.uncovered] == ["Something new."]
    assert (drift.changed, drift.gone) == ((), ())


EDITS = {
    "a number": ("means 1500", "means 15000", "C-09"),
    "a dot in a number": ("means 1500", "means 1.500", "C-09"),
    "an option": ("`bondX`", "`-bondX`", "C-07"),
    "a negation": ("is negotiated", "is not negotiated", "C-04"),
    "a word behind": ("negotiated.", "negotiated, it seems.", "C-04"),
    "a title behind": ("every frame.", "every frame Size.", "C-05"),
    "less than a number": ("means 1500", "means <1500", "C-09"),
    "more than a number": ("means 1500", "means 1500+", "C-09"),
    "less than a number, with a blank": ("means 1500", "means < 1500", "C-09"),
    "a share, with a blank": ("means 1500", "means 1500 %", "C-09"),
    "a share": ("means 1500", "means 1500%", "C-09"),
    "two numbers of one": ("means 1500", "means 15 00", "C-09"),
    "a long option": ("`bondX`", "`--bondX`", "C-07"),
    "a sign of negation": ("`bondX`", "`!bondX`", "C-07"),
    "words struck out": ("port repeats", "<del>port</del> repeats", "C-05"),
    "words struck out by a shorter tag": ("port repeats", "<s>port</s> repeats", "C-05"),
    "words that a tag hides": ("port repeats", "<span hidden>port</span> repeats", "C-05"),
    "words that a style hides": (
        "port repeats",
        '<b class="x" style="color: red; display: none">port</b> repeats',
        "C-05",
    ),
    "another address": ("example.org/bond", "example.org/bundle", "C-01"),
}


@pytest.mark.parametrize("form", ["source", "plain", "web page"])
@pytest.mark.parametrize("what", EDITS)
def test_an_edit_names_the_claim_of_its_sentence_alone(what: str, form: str) -> None:
    before, after, claim = EDITS[what]
    copy = PAGE.replace(before, after)
    if form == "web page":
        copy = as_html(copy)
    elif form == "plain" and what != "another address":
        copy = plain(titled("### \\1|")(copy))

    ending = {"source": ".md", "plain": ".md", "web page": ".html"}[form]
    drift = drift_of(copy, f"bonding{ending}")

    assert copy != PAGE
    assert [claims for _, claims in changed(drift)] == [(claim,)]
    assert (drift.uncovered, drift.gone) == ((), ())


def test_two_steps_that_have_changed_places_are_told() -> None:
    one, two = "- Use **at least** two ports.\n", "- A name is `bondX`.\n"

    drift = drift_of(PAGE.replace(one + two, two + one))

    [each] = drift.changed
    assert each.moved
    assert each.claims in {("C-06",), ("C-07",)}
    assert not drift.gone


def test_the_texts_of_two_headings_that_have_changed_places_are_told() -> None:
    one, two = "Rotate", "Mirror"
    copy = (
        PAGE.replace(f'"{one}"', '"?"').replace(f'"{two}"', f'"{one}"').replace('"?"', f'"{two}"')
    )

    drift = drift_of(copy)

    assert {each.claims for each in drift.changed if each.moved} == {
        ("C-03",),
        ("C-04",),
        ("C-05",),
    }
    assert (drift.uncovered, drift.gone) == ((), ())


@pytest.mark.parametrize("words", ["[Do not join ports.]", "[Never join two ports]"])
def test_a_sentence_in_brackets_is_no_place_of_a_picture(words: str) -> None:
    drift = drift_of(PAGE.replace("## Settings", f"{words}\n\n## Settings"))

    assert [each.text for each in drift.uncovered] == [words]


@pytest.mark.parametrize(
    "seen",
    [
        *('aria-hidden="true"', 'class="a hidden b"', 'style="overflow: hidden"', "data-hidden"),
        "hidden-print",
    ],
)
def test_a_tag_that_hides_nothing_changes_nothing(seen: str) -> None:
    copy = PAGE.replace("port repeats", f"<span {seen}>port</span> repeats")

    assert drift_of(copy) == drift_of(as_html(copy), "bonding.html") == Drift()


@pytest.mark.parametrize("how", ["hidden", 'role="tabpanel" style="display: none"'])
def test_a_block_that_opens_by_a_click_is_read(how: str) -> None:
    copy = as_html(PAGE).replace('<div class="expand"', f"<div {how}")

    assert copy != as_html(PAGE)
    assert drift_of(copy, "bonding.html") == Drift()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Use load balance.", "Use loadbalance."),
        ("A fail-over, set up.", "A failover, setup."),
        ("You cannot.", "You can not."),
        ("You can't, and it doesn't.", "You cannot, and it does not."),
        ("It's what they're for: they'll see.", "It is what they are for: they will see."),
    ],
)
def test_blanks_between_letters_are_no_difference(one: str, other: str) -> None:
    """Hyphenation, tags and what reads a PDF put them in and take them out."""
    assert letters_of(one) == letters_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("At 15 00.", "At 1500."),
        ("Run x -v y.", "Run x - v y."),
        ("Run x -V.", "Run x -v."),
        ("At 10Gb/s.", "At 10GB/s."),
        ("At 5 MB.", "At 5 Mb."),
        ("Call it laggX.", "Call it LAGGx."),
    ],
)
def test_capital_letters_are_a_difference(one: str, other: str) -> None:
    assert letters_of(one) != letters_of(other)


@pytest.mark.parametrize("other", ["A port's name.", "Its name.", "The ports' names."])
def test_an_apostrophe_that_leaves_out_no_known_word_is_a_quote(other: str) -> None:
    assert letters_of(other) == letters_of(other.replace("'", ""))


def test_steps_of_a_wiki_are_items_of_a_list() -> None:
    wiki = "= Bonds =\n\n== Set it up ==\n\n# '''Start''' it.\n# Wait.\n\n=== Use ===\n\nUse it.\n"
    found = [(s.section, s.paragraph, s.text) for s in parse_article("a.wiki", wiki).sentences]

    assert found[-4:] == [
        ("Set it up", 1, "Start it."),
        ("Set it up", 2, "Wait."),
        ("Use", 0, "Use"),
        ("Use", 1, "Use it."),
    ]


def test_sections_in_another_order_are_no_drift() -> None:
    head, rest = PAGE.split("{{< expand", 1)
    modes, settings = f"{{{{< expand{rest}".split("## Settings")

    assert drift_of(f"{head}## Settings{settings}\n\n{modes}") == Drift()


def test_what_stands_above_all_headings_has_changed_no_place() -> None:
    head, rest = PAGE.split("---\n")[2].split("{{< expand", 1)
    modes, settings = f"{{{{< expand{rest}".split("## Settings")

    assert drift_of(f"{settings}\n\n{modes}\n\n## Settings\n\n{head}") == Drift()


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("# Bonds\n\n== Ports\n", Markup.MARKDOWN),
        (".. note:: Bonds\n\n== Ports\n", Markup.RESTRUCTURED),
        ("= Bonds\n\n== Ports\n", Markup.ASCIIDOC),
    ],
)
def test_marks_of_two_markups_are_not_those_of_asciidoc(text: str, markup: Markup) -> None:
    assert markup_of("x", text) is markup


LOOKS = """A bond is one interface made of several.

[NOTE]

== A line of signs ==
* * *
.. note: two dots
"""


@pytest.mark.parametrize(
    ("name", "markup"),
    [
        ("x.md", Markup.MARKDOWN),
        ("x.MDX", Markup.MARKDOWN),
        ("x.adoc", Markup.ASCIIDOC),
        ("x.rst", Markup.RESTRUCTURED),
        ("x.htm", Markup.WEB_PAGE),
        ("x.mhtml", Markup.WEB_PAGE),
        ("x.txt", Markup.TEXT),
        ("x", Markup.ASCIIDOC),
        ("13.3", Markup.ASCIIDOC),
    ],
)
def test_the_ending_of_a_name_decides_before_the_text(name: str, markup: Markup) -> None:
    assert markup_of(name, LOOKS.replace(".. note", "note")) is markup
    assert markup_of("x.md", "<div align=center>\n\n# A bond\n\n</div>\n") is Markup.MARKDOWN
    assert markup_of("x.txt", "<p>A bond.</p>") is Markup.WEB_PAGE


def test_a_markdown_page_keeps_the_lines_that_another_markup_would_lose() -> None:
    text = f"{PAGE}\n[NOTE]\n\n== x\n:size: 3\n"

    found = [each.text for each in drift_of(text).uncovered]

    assert found == ["== x :size: 3"]


@pytest.mark.parametrize(
    "text",
    [
        *("\\section{Bonds}", "\\begin{itemize}", ".SH BONDS", "{\\rtf1 B}", "h2. Bonds"),
        '<?xml version="1.0"?>\n<!DOCTYPE article>\n<article>',
        '<article xmlns="http://docbook.org/ns/docbook">',
        "<!doctype book>\n<book>",
    ],
)
def test_a_form_that_is_not_read_is_refused_in_words(text: str) -> None:
    with pytest.raises(DocumentError, match="LaTeX, troff, RTF, DocBook and Textile are not"):
        parse_article("bonding.tex", f"{text}\nA bond.\n")


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN">\n<html><body>',
        "<!doctype  html>\n<pre>\n.SH BONDS\nh2. Bonds\n</pre>",
        '<?xml version="1.0"?>\n<!-- saved -->\n<!DOCTYPE html>\n<html>',
    ],
)
def test_a_web_page_without_an_ending_is_read_whatever_it_shows(text: str) -> None:
    assert markup_of("bonding.php", f"{text}\n<p>A bond.</p>\n") is Markup.WEB_PAGE


def test_a_page_with_hardly_anything_of_the_article_is_told_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "other.md"
    page.write_text("Wooden horses run. Paper birds fly.\n\n" * 10, encoding="utf-8")

    assert main(["audit", "--article", str(page)]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("other.md: hardly anything of the article is in it, 0 of 20")
    assert not [line for line in said if "no claim covers" in line or "gone from" in line]


def test_an_article_in_a_long_page_of_other_matters_is_none_of_these() -> None:
    drift = drift_of(PAGE + "\n\nWooden horses run." * 300)

    assert not drift.strangers
    assert (len(drift.uncovered), drift.gone) == (300, ())


def test_a_version_in_which_every_sentence_has_changed_is_none_of_these() -> None:
    drift = drift_of(re.sub(r"\.(?=\s|$)", " now.", PAGE) + "\n\nWooden horses run." * 60)

    assert not drift.strangers
    assert len(drift.changed) > 4


def test_a_page_from_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b"<p>Wooden horses run.</p>\n"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(data)))

    assert main(["audit", "--article", "-", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["pages"] == ["standard input"]
    assert [each["text"] for each in found["drift"]["uncovered"]] == ["Wooden horses run."]


def test_the_letters_of_sentences_are_kept_and_make_no_result_stale() -> None:
    text = (DATA / "bonding.toml").read_text(encoding="utf-8")
    without = parse_claims("x.toml", re.sub(r" \d+\.[0-9a-f.]+@\d+\"", '"', text))

    assert CLAIMS.letters.keys() == CLAIMS.sketches.keys()
    assert not without.letters
    assert without.digest == CLAIMS.digest
    assert audit([parse_article("bonding.md", PAGE)], without) == Drift()
