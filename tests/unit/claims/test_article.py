import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lagg_tool.claims.article import parse_article, read_article
from lagg_tool.claims.sentence import normalise, split_sentences
from lagg_tool.errors import DocumentError

PAGE = Path(__file__).parent / "data" / "bonding.md"

# Enough of the syntax for the parser to be led astray.
MARKDOWN = st.lists(
    st.sampled_from(
        [
            *("---\n", "+++\n", "\n", "\r\n", "# A\n", "| a | b |\n", "|---|\n", "- item\n"),
            *('{{< expand "A" >}}', "{{< /expand >}}", "{{<", ">}}", "{{% x %}}", "<!--", "-->"),
            *("[a](b)", "[", "](", "![", "**", "`", "\\", "A b. ", "e.g. ", "c! ", "\x01open:"),
        ]
    )
    | st.text(max_size=5)
).map("".join)


def test_a_page_is_read_as_sentences_with_their_places() -> None:
    article = read_article(PAGE)

    places = [(s.line, s.section, s.paragraph, s.text) for s in article.sentences]
    assert places == [
        (
            6,
            "Introduction",
            1,
            "A bond <https://example.org/bond> is one interface made of several.",
        ),
        (6, "Introduction", 1, "It survives a broken cable, e.g. one that was cut."),
        (7, "Introduction", 1, "See the glossary."),
        (11, "Modes", 0, "Modes"),
        (12, "Rotate", 0, "Rotate"),
        (13, "Rotate", 1, "Frames leave by each port in turn."),
        (13, "Rotate", 1, "Nothing is negotiated."),
        (15, "Mirror", 0, "Mirror"),
        (15, "Mirror", 1, "Every port repeats every frame."),
        (18, "Settings", 0, "Settings"),
        (20, "Settings", 1, "Use at least two ports."),
        (21, "Settings", 2, "A name is bondX."),
        (25, "Size", 1, "The largest frame."),
        (25, "Size", 1, "Blank means 1500."),
    ]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("---\ntitle: x\n", 1, "front matter is not closed"),
        ('\n{{< expand "A" >}}\ntext\n', 2, "never closed"),
        ("text\n{{< /expand >}}\n", 2, "nowhere opened"),
        ("\n\n{{< expand\n", 3, "shortcode is not closed"),
    ],
)
def test_a_broken_page_is_reported_with_file_and_line(text: str, line: int, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        parse_article("page.md", text)

    assert (caught.value.path, caught.value.line) == ("page.md", line)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "this is not text; name a page that was saved as"),
        (bytes(range(256)), "this is not text"),
        (gzip.compress(b"One sentence."), "unpack it with gunzip first"),
        (None, "No such file or directory; name a file that can be read"),
    ],
)
def test_a_page_that_is_not_text_is_reported(
    data: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "page.md"
    if data is not None:
        path.write_bytes(data)

    with pytest.raises(DocumentError, match=rf"page\.md: .*{message}"):
        read_article(path)


MARKED = "---\ntitle: x\n---\n\nThe NAS\u2019s port costs 5 \u20ac. Use it.\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_page_is_read_as_windows_saves_it(encoding: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(MARKED.replace("\n", end).encode(encoding))

    read = [(each.line, each.text) for each in read_article(path).sentences]

    assert read == [(5, "The NAS's port costs 5 \u20ac."), (5, "Use it.")]


def test_a_page_goes_by_its_file_name_or_another(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text("One.\n", encoding="utf-8")

    for called, name in (("", "page.md"), ("docs/other.md", "docs/other.md")):
        article = read_article(path, called)
        assert (article.page, [each.page for each in article.sentences]) == (name, [name])


def test_each_sentence_of_a_paragraph_has_the_line_where_it_begins() -> None:
    text = "\nOne.\nTwo and\nthree. Four.\nFive.\n"

    found = [(each.line, each.text) for each in parse_article("page.md", text).sentences]

    assert found == [(2, "One."), (3, "Two and three."), (4, "Four."), (5, "Five.")]


@pytest.mark.parametrize("charset", ["iso-8859-2", "KOI8-R"])
def test_an_html_page_is_read_as_it_says(charset: str, tmp_path: Path) -> None:
    words = {"iso-8859-2": "Pr\u0119dko\u015b\u0107 portu.", "KOI8-R": "\u041f\u043e\u0440\u0442."}[
        charset
    ]
    path = tmp_path / "page.html"
    path.write_bytes(
        f'<html><head><meta charset="{charset}"></head><body><p>{words}</p></body>'.encode(charset)
    )

    assert [each.text for each in read_article(path).sentences] == [words]


def test_the_page_of_an_archive_is_read_in_its_own_encoding() -> None:
    archive = (
        "MIME-Version: 1.0\nContent-Type: text/html; charset=iso-8859-2\n"
        "Content-Transfer-Encoding: quoted-printable\n\n<html><body><p>Pr=EAdko=B6=E6.</p></body>"
    )

    assert [each.text for each in parse_article("page.mhtml", archive).sentences] == [
        "Pr\u0119dko\u015b\u0107."
    ]


def test_markup_and_line_breaks_do_not_change_a_sentence_and_a_link_does() -> None:
    plain = normalise("The name's form is laggX, see <https://a.example>.")

    assert normalise("The  name\u2019s form\nis *lagg*X, see [<](https://a.example).") != plain
    assert normalise("The name\u2019s **form**\nis *lagg*`X`, see <https://a.example>.") == plain
    assert normalise("[a](https://a.example)") != normalise("[a](https://b.example)")
    assert normalise("[a](/x/y.md)") == "a"


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert split_sentences("Take two, e.g. em0. Then wait! Is it up?") == [
        "Take two, e.g. em0.",
        "Then wait!",
        "Is it up?",
    ]


@given(st.text())
def test_splitting_loses_no_word(text: str) -> None:
    normal = normalise(text)

    assert " ".join(split_sentences(normal)).split() == normal.split()


@given(MARKDOWN)
@example("| a |\n|---|\n")
@example('{{< expand "A" >}}{{< /expand >}}')
def test_any_text_is_a_page_or_a_document_error(text: str) -> None:
    with contextlib.suppress(DocumentError):
        article = parse_article("page.md", text)

        lines = text.count("\n") + text.count("\r") + 1
        assert all(1 <= s.line <= lines for s in article.sentences)
        assert all(len(s.sketch) == 2 * len(s.text.split()) for s in article.sentences)


def read(text: str, name: str = "page.md") -> list[tuple[str, int, str]]:
    """Return each sentence of a page: its section, its paragraph, and itself."""
    return [(s.section, s.paragraph, s.text) for s in parse_article(name, text).sentences]


def titles(text: str) -> list[str]:
    return [words for _, paragraph, words in read(text) if paragraph == 0]


UNDER_ONE = "# The page\n\nOne.\n\n## A\n\nTwo.\n"


def test_one_heading_above_all_others_is_the_title_of_the_page_and_no_section() -> None:
    assert read(UNDER_ONE) == [("Introduction", 1, "One."), ("A", 0, "A"), ("A", 1, "Two.")]
    assert titles(f"---\nweight: 1\n---\n{UNDER_ONE}") == ["A"]
    assert titles(UNDER_ONE + "\ntitle: a word\n") == ["A"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# The page\n\nOne.\n", ["The page"]),
        ("# A\n\nOne.\n\n# B\n", ["A", "B"]),
        ("# A\n\n## B\n\n# C\n", ["A", "B", "C"]),
        ("## A\n\n# B\n\n## C\n", ["A", "B", "C"]),
        ("## A\n\n## B\n", ["A", "B"]),
        (f"---\ntitle: x\n---\n{UNDER_ONE}", ["The page", "A"]),
        (f"+++\ntitle = 'x'\n+++\n\n{UNDER_ONE}", ["The page", "A"]),
        ("## Sizes ##\n\n### Small  \n", ["Sizes", "Small"]),
    ],
)
def test_every_other_heading_is_a_section(text: str, found: list[str]) -> None:
    assert titles(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- One\n- Two\n", ["One", "Two"]),
        ("1. One\n2. Two\n", ["One", "Two"]),
        ("* One\n  goes on\n+ Two\n", ["One goes on", "Two"]),
        ("There are\n2. And more\n", ["There are 2.", "And more"]),
        ("There are\n1. One\n2. Two\n", ["There are", "One", "Two"]),
        ("There are\n- One\n", ["There are", "One"]),
        ("One\n***\nTwo\n- - -\nThree\n```sh\nFour\n```\n", ["One", "Two", "Three", "Four"]),
    ],
)
def test_a_list_has_an_item_for_each_mark_and_a_number_by_chance_is_none(
    text: str, found: list[str]
) -> None:
    assert [words for _, _, words in read(text)] == found


def test_a_row_is_a_place_named_by_its_first_cell_unless_it_has_no_other() -> None:
    table = "## Modes\n\n  | Name | Use |\n  |---|---|\n  | **A** | One. | Two. |\n\n| Alone. |\n"

    assert read(table)[1:] == [("A", 1, "One."), ("A", 2, "Two."), ("Modes", 1, "Alone.")]


def test_a_link_into_the_own_site_is_no_address() -> None:
    assert normalise("[a](https://www.truenas.com/docs/) [b](https://b.example/)") == (
        "a b <https://b.example/>"
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{{< expand "A" "v" >}}\nOne.\n{{< /expand >}}\nTwo.', ["A", "Introduction"]),
        ("{{< expand >}}\nOne.\n{{< /expand >}}", ["Introduction"]),
        ('{{< tab title="A" >}}\nOne.\n{{< /tab >}}\nTwo.', ["A", "Introduction"]),
        ("{{< tab >}}\nOne.\n{{< /tab >}}\nTwo.", ["Introduction", "Introduction"]),
        ('{{< hint "info" >}}\nOne.\n{{< /hint >}}', ["Introduction"]),
        ('{{< include file="x.md" >}}\nOne.', ["Introduction"]),
        ('{{< tab "A" >}}{{< tab "B" />}}\nOne.\n{{< /tab >}}', ["A"]),
        ('{{< expand "A" >}}\n{{< tab >}}\nOne.\n{{< /tab >}}\nTwo.\n{{< /expand >}}', ["A", "A"]),
        (
            '{{< expand "A" >}}{{% nest "B" %}}\n1.\n{{% /nest %}}\n2.\n{{< /expand >}}\n3.',
            ["B", "A", "Introduction"],
        ),
        ("<details>\n<summary>A</summary>\nOne.\n</details>\nTwo.", ["A", "Introduction"]),
    ],
)
def test_a_block_with_a_title_is_a_section_until_it_ends(text: str, found: list[str]) -> None:
    assert [section for section, paragraph, _ in read(text) if paragraph] == found


def test_a_call_over_several_lines_and_a_comment_keep_the_lines_that_follow() -> None:
    text = (
        '{{< include\n  file="x.md" >}}\nOne.\n\n<!-- a\nb -->\nTwo {{< icon "x" >}} three.\n'
        '\n{{< tab\n "A" >}}\nFour.\n{{< /tab\n    >}}\nFive.\n'
    )

    found = [(s.line, s.text) for s in parse_article("page.md", text).sentences if s.paragraph]

    assert found == [(3, "One."), (7, "Two three."), (11, "Four."), (14, "Five.")]


def test_a_character_that_marks_blocks_while_reading_is_a_blank_in_a_page() -> None:
    assert [words for _, _, words in read("One\x01two\x02three.")] == ["One two three."]
    assert [words for _, _, words in read("\x01open:A\x02\nOne.\n\x01close\x02")] == [
        "open:A One.",
        "close",
    ]


def test_details_keep_the_lines_that_follow_and_are_text_where_they_do_not_end() -> None:
    details = "<details>\n<summary>\nA *b*</summary>\nOne.\n</details>\nTwo.\n"
    places = [(s.line, s.section, s.text) for s in parse_article("page.md", details).sentences]

    assert places == [(3, "A b", "A b"), (4, "A b", "One."), (6, "Introduction", "Two.")]
    unended = details.replace("</details>\n", "")
    assert {section for section, *_ in read(unended)} == {"Introduction"}


def test_a_saved_web_page_has_sections_and_rows_as_its_source_has() -> None:
    page = (
        "<html><body><p>First.</p><h2>The modes</h2><p>One.</p><h3></h3>"
        "<table><tr><th>Name</th><th>Use</th></tr><tr><td>Mirror</td><td>Two.</td></tr></table>"
        "<p>Three.</p></body></html>"
    )

    assert read(page, "page.html") == [
        ("Introduction", 1, "First."),
        ("The modes", 0, "The modes"),
        ("The modes", 1, "One."),
        ("Mirror", 1, "Two."),
        ("The modes", 2, "Three."),
    ]
