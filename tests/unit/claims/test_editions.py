"""Copies of one article side by side, as a directory with several versions has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool.claims import load_claims
from lagg_tool.claims.article import Article, parse_article
from lagg_tool.claims.editions import audit_editions, editions

DATA = Path(__file__).parent / "data"
PAGE = (DATA / "bonding.md").read_text(encoding="utf-8")
CLAIMS = load_claims(DATA / "bonding.toml")


def copies(*names: str) -> list[Article]:
    return [parse_article(name, PAGE) for name in names]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["bonding.md"], [["bonding.md"]]),
        (["a/bonding.md", "b/bonding.md"], [["a/bonding.md"], ["b/bonding.md"]]),
        (["v/a/bonding.md", "v/b/c/other.md"], [["v/a/bonding.md"], ["v/b/c/other.md"]]),
        (["bonding.html", "bonding.md"], [["bonding.html"], ["bonding.md"]]),
        (["bonding.md", "bonding.md"], [["bonding.md", "bonding.md"]]),
    ],
)
def test_two_copies_of_a_page_are_of_two_editions(
    names: list[str], expected: list[list[str]]
) -> None:
    found = [[copy.page for copy in those] for those in editions(copies(*names), CLAIMS)]

    assert found == expected


def test_a_page_beside_the_editions_is_a_part_of_each() -> None:
    shared = parse_article("includes/more.md", "Something else.\n")

    found = editions([*copies("a/bonding.md", "b/bonding.md"), shared], CLAIMS)

    assert [[copy.page for copy in those][1:] for those in found] == [["includes/more.md"]] * 2


def test_a_sentence_of_one_edition_does_not_hide_a_change_in_another() -> None:
    first, *_ = (
        each.text for each in parse_article("bonding.md", PAGE).sentences if each.paragraph
    )
    words = first.split()
    changed = PAGE.replace(words[1], "altogether", 1)
    pages = [parse_article("12.0/bonding.md", PAGE), parse_article("13.3/bonding.md", changed)]

    drift = audit_editions(pages, CLAIMS)

    assert [each.page for each in drift.changed] == ["13.3/bonding.md"]
    assert not drift.uncovered
    assert not drift.not_given


def test_what_is_new_in_one_edition_and_gone_in_another_is_all_there() -> None:
    longer = parse_article("12.0/bonding.md", f"{PAGE}\nQuite another matter altogether.\n")
    shorter = parse_article("13.3/bonding.md", PAGE.replace("Nothing is negotiated.", ""))

    drift = audit_editions([longer, shorter], CLAIMS)

    assert [(each.page, each.text) for each in drift.uncovered] == [
        ("12.0/bonding.md", "Quite another matter altogether.")
    ]
    assert [each.claims for each in drift.gone] == [("C-04",)]
    assert not drift.changed


def test_a_page_is_not_given_where_no_edition_has_it() -> None:
    others = [parse_article(f"{name}/other.md", "Something else.\n") for name in ("a", "b")]

    neither = audit_editions(others, CLAIMS)
    one = audit_editions([*others, *copies("b/bonding.md")], CLAIMS)

    assert [each.page for each in neither.not_given] == ["bonding.md"]
    assert not one.not_given


def test_editions_within_an_edition_are_apart() -> None:
    names = ("a/x/bonding.md", "a/y/bonding.md", "b/bonding.md")

    found = editions(copies(*names), CLAIMS)

    assert [[copy.page for copy in those] for those in found] == [[name] for name in names]
