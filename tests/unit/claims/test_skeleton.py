"""The beginning of a claim set is a claim set, and covers the page."""

import argparse
from pathlib import Path

import pytest

from lagg_tool.claims import audit, parse_claims
from lagg_tool.claims.article import parse_article
from lagg_tool.claims.sets import load_sets
from lagg_tool.claims.skeleton import paragraphs, skeleton
from lagg_tool.errors import DocumentError, RefusedError, UsageError
from lagg_tool.verbs.claims import add_arguments, run
from tests.support.full_disk import full_disk

PAGE = """# "Quotes" \\ and more

Frobnicate once. Frobnicate "twice", and then wait until everything is quiet again.

| Field | Meaning |
| --- | --- |
| Name | Any name. |

Frobnicate once.
"""
WEB_PAGE = (
    "<!DOCTYPE html><html><body><main><h1>A</h1><p>One thing. Another.</p></main></body></html>"
)


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(["init", *words]))


@pytest.mark.parametrize(("name", "text"), [("a.md", PAGE), ("b.html", WEB_PAGE)])
def test_what_is_written_loads_and_leaves_no_sentence_uncovered(
    tmp_path: Path, name: str, text: str
) -> None:
    page = tmp_path / name
    page.write_text(text, encoding="utf-8")

    status = call(str(page), "--set", str(tmp_path / "sets" / "frob"))

    [one] = load_sets(tmp_path / "sets")
    article = parse_article(name, text)
    assert status == 0
    assert one.name == "frob"
    assert not audit([article], one.claims)
    assert [s.source.hashes[0] for s in one.claims.silent] == list(
        dict.fromkeys(sentence.hash for sentence in article.sentences)
    )


def test_each_sentence_comes_with_its_place_and_a_few_words_only() -> None:
    article = parse_article("a.md", PAGE)

    text = skeleton("frob", article)

    claims = parse_claims("article.toml", text)
    assert claims.header.article == ("a.md",)
    assert 'section = "Name", paragraph = 1' in text
    assert '# line 3: Frobnicate "twice", and then wait ...' in text
    assert "until everything" not in text
    assert 'published = "" # the address' in text


def test_a_set_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    page, path = tmp_path / "a.md", tmp_path / "frob" / "article.toml"
    page.write_text(PAGE, encoding="utf-8")
    path.parent.mkdir()
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(RefusedError, match="is there already"):
        call(str(page), "--set", str(path.parent))

    assert path.read_text(encoding="utf-8") == "mine"


def test_a_page_without_a_sentence_begins_no_set(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("![a picture](a.png)\n", encoding="utf-8")

    with pytest.raises(DocumentError, match=r"a\.md: there is no sentence in it"):
        call(str(page), "--set", str(tmp_path / "frob"))

    assert not (tmp_path / "frob").exists()


def test_a_full_disk_leaves_no_part_of_a_set_in_the_way_of_the_next_try(tmp_path: Path) -> None:
    page, directory = tmp_path / "a.md", tmp_path / "frob"
    page.write_text(PAGE, encoding="utf-8")

    with full_disk(100), pytest.raises(OSError, match="File too large"):
        call(str(page), "--set", str(directory))

    assert not directory.exists()
    assert call(str(page), "--set", str(directory)) == 0


def test_a_page_without_a_sentence_and_a_bad_name_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("---\ntitle: x\n---\n", encoding="utf-8")

    with pytest.raises(DocumentError, match="no sentence"):
        call(str(page), "--set", str(tmp_path / "frob"))
    with pytest.raises(UsageError, match="small letters"):
        call(str(page), "--set", str(tmp_path / "Frob 1"))

    assert not (tmp_path / "frob").exists()


def test_paragraphs_are_counted_over_the_sections_of_a_page() -> None:
    article = parse_article("a.md", "One. Two.\n\nThree.\n\n# Four\n\nTwo. Five.\n")

    numbers = paragraphs(article)

    assert {s.text: numbers[s.hash] for s in article.sentences} == {
        "One.": 1,
        "Two.": 0,
        "Three.": 2,
        "Four": 3,
        "Five.": 4,
    }


LINKED = "Read [more](https://example.org/a).\n\nhttps://example.org/b is a site.\n"


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        ("Read", "R-ead", []),
        ("org/a", "org/c", ["Read more <https://example.org/c>."]),
        ("org/b", "org/c", ["https://example.org/c is a site."]),
    ],
)
def test_the_address_at_an_end_is_one_of_its_own_sentence(
    old: str, new: str, changed: list[str]
) -> None:
    claims = parse_claims("article.toml", skeleton("frob", parse_article("a.md", LINKED)))

    drift = audit([parse_article("a.md", LINKED.replace(old, new))], claims)

    assert [each.text for each in drift.changed] == changed
    assert drift.gone == ()
