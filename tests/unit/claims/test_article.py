import contextlib
import gzip
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lagg_tool.claims.article import normalise, parse_article, read_article, split_sentences
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
        (b"\x89PNG\r\n\x1a\n\0\0", "this is no text; name a page that was saved as"),
        (bytes(range(256)), "this is no text"),
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
