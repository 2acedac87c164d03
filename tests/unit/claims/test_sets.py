"""Claim sets: what is read of a directory, what is chosen, and what several have in common."""

from pathlib import Path

import pytest

from lagg_tool import releases
from lagg_tool.claims import Claims
from lagg_tool.claims.sets import (
    choose,
    claims_of,
    digest_of,
    digests,
    elsewhere,
    load_sets,
    promises,
)
from lagg_tool.errors import DocumentError, UsageError
from tests.support.paths import ROOT, TESTS

FROBNICATION = TESTS / "support" / "frobnication"
CLAIM = """
[[claim]]
id = "{0}"
paraphrase = "Words."
level = "host"
expected = "confirmed"
why = "Because."
same_as = {1}
source = [{{ page = "x.md", section = "A" }}]
"""
HEADER = """[set]
name = "{0}"
title = "Words"
about = "Somebody"
order = {1}
"""


def write(features: Path, name: str, order: int, *claims: tuple[str, list[str]]) -> Path:
    directory = features / name
    directory.mkdir(parents=True)
    text = HEADER.format(name, order) + "".join(CLAIM.format(*claim) for claim in claims)
    (directory / "article.toml").write_text(text, encoding="utf-8")
    return directory


def changed(directory: Path, old: str, new: str) -> None:
    path = directory / "article.toml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_the_sets_of_the_repository_have_their_own_directory_and_products() -> None:
    core = load_sets(ROOT / "features")[0]

    assert (core.name, core.path, core.header.address) == ("core", "features/core", "")
    assert core.concerns("freebsd")
    assert core.concerns("truenas")
    assert not core.concerns("linux")
    assert core.concerns(releases.UNKNOWN), "a derivative may be what it is about"
    assert set(core.requirements) == {"lacp"}
    assert core.defects


def test_a_set_may_be_anywhere_and_has_identifiers_of_any_prefix() -> None:
    sets = load_sets(ROOT / "features", elsewhere([str(FROBNICATION), "core"]))

    found = sets[-1]
    assert (found.name, found.path) == ("frobnication", "features/frobnication")
    assert found.claims.ids == {"FROB-01", "FROB-02"}
    assert found.header.address == "frobnication/"


def test_every_article_of_the_repository_says_where_it_is_published() -> None:
    for one in load_sets(ROOT / "features"):
        assert one.header.published.startswith("https://"), one.name


def test_a_new_address_of_the_article_makes_no_result_stale(tmp_path: Path) -> None:
    directory = write(tmp_path, "a", 1, ("C-01", []))
    before = load_sets(tmp_path)[0].claims.digest
    changed(directory, "order = 1\n", 'order = 1\npublished = "https://host/page"\n')

    moved = load_sets(tmp_path)[0].claims.digest
    changed(directory, "Because.", "Why not.")

    assert moved == before
    assert load_sets(tmp_path)[0].claims.digest != before


def test_sets_are_in_the_order_of_their_articles_and_chosen_by_name_or_directory(
    tmp_path: Path,
) -> None:
    for name, order in (("old", 3), ("new", 5), ("first", 1)):
        write(tmp_path, name, order)
    sets = load_sets(tmp_path)

    assert [one.name for one in sets] == ["first", "old", "new"]
    assert choose(sets, ()) == sets
    assert [one.name for one in choose(sets, ["new", "first"])] == ["first", "new"]
    assert [one.name for one in choose(sets, [str(tmp_path / "old")])] == ["old"]
    with pytest.raises(UsageError, match=r"--claims x: no such set; there are first, old, new"):
        choose(sets, ["x"])


def test_a_directory_with_claims_of_its_own_is_the_only_set(tmp_path: Path) -> None:
    write(tmp_path, "more", 1)
    (tmp_path / "article.toml").write_text(CLAIM.format("C-01", []), encoding="utf-8")

    [one] = load_sets(tmp_path)

    assert (one.path, one.header.address) == ("features", "")
    assert one.concerns("anything")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[set]", "[[set]]", "set must be a table"),
        ('name = "a"', 'name = "A b"', "small letters"),
        ('name = "a"', 'name = "b"', "give both one name"),
        ('title = "Words"', "", "title must be"),
        ("order = 1", 'order = "1"', "order must be a whole number"),
        ("order = 1", 'address = "/etc/"', "write a folder"),
        ("order = 1", 'products = "linux"', "products must be a list"),
        ("order = 1", 'published = "javascript:x"', "write an address"),
        ("order = 1", "published = 1", "published must be"),
        ("order = 1", "colour = 1", "'colour' is not known"),
        ('same_as = ["D-01"]', 'same_as = "D-01"', "same_as must be a list"),
        ('same_as = ["D-01"]', 'same_as = ["D-09"]', "which no other set claims"),
        ('same_as = ["D-01"]', 'same_as = ["C-02"]', "which no other set claims"),
        ('id = "C-02"', 'id = "D-01"', "D-01 is defined by the set 'a' as well"),
    ],
)
def test_what_a_set_says_wrong_is_an_error_with_its_file(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    directory = write(tmp_path, "a", 1, ("C-01", ["D-01"]), ("C-02", []))
    write(tmp_path, "z", 2, ("D-01", []))
    text = (directory / "article.toml").read_text(encoding="utf-8").replace("'", '"')
    (directory / "article.toml").write_text(text, encoding="utf-8")
    changed(directory, old, new)

    with pytest.raises(DocumentError, match=words) as caught:
        load_sets(tmp_path)

    assert str(tmp_path) in str(caught.value)


def test_two_sets_of_one_name_are_an_error(tmp_path: Path) -> None:
    write(tmp_path / "features", "a", 1)
    other = write(tmp_path / "elsewhere", "a", 2)

    with pytest.raises(DocumentError, match="there is a set 'a' already") as caught:
        load_sets(tmp_path / "features", [other])

    assert caught.value.path == str(other.resolve())


def test_a_claim_that_is_the_same_as_none_is_reported_with_its_line(tmp_path: Path) -> None:
    directory = write(tmp_path, "a", 1, ("C-01", []), ("C-02", ["D-09"]))
    lines = (directory / "article.toml").read_text(encoding="utf-8").splitlines()

    with pytest.raises(DocumentError, match="C-02 is the same as D-09") as caught:
        load_sets(tmp_path)

    assert caught.value.path == str(directory / "article.toml")
    assert lines[(caught.value.line or 0) - 1] == "[[claim]]"
    assert lines[caught.value.line or 0] == 'id = "C-02"'


def test_a_set_owns_the_features_of_its_directory_and_not_of_one_named_alike(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a", 1)
    [one] = load_sets(tmp_path)

    assert one.owns("features/a/deep/x.feature")
    assert not one.owns("features/ab/x.feature")


def test_claims_that_promise_the_same_are_one_promise_the_newest_first(tmp_path: Path) -> None:
    write(tmp_path, "a", 1, ("C-01", []), ("C-02", []), ("C-03", []))
    write(tmp_path, "b", 2, ("D-01", ["C-02"]), ("D-02", ["C-02"]), ("D-03", []))
    third = ("E-03", ["C-03", "D-03"])
    write(tmp_path, "c", 3, ("E-01", ["D-02"]), ("E-02", ["C-01"]), third)
    sets = load_sets(tmp_path)

    assert [[claim.id for _, claim in one.claims] for one in promises(sets)] == [
        ["E-01", "D-01", "D-02", "C-02"],
        ["E-02", "C-01"],
        ["E-03", "D-03", "C-03"],
    ]
    assert [[claim.id for _, claim in one.claims] for one in promises(sets[1:])] == [
        ["E-01", "D-02"],
        ["E-03", "D-03"],
    ]
    assert [one.name for one, _ in promises(sets)[0].claims] == ["c", "b", "b", "a"]


def test_the_digest_of_a_run_of_some_sets_is_known(tmp_path: Path) -> None:
    write(tmp_path, "a", 1, ("C-01", []))
    write(tmp_path, "b", 2, ("D-01", []))
    sets = load_sets(tmp_path)
    known = digests(sets)

    assert claims_of(sets[:1]).digest == sets[0].claims.digest
    for some in (sets[:1], sets[1:], sets):
        assert claims_of(some).digest in known
        assert digest_of(one.claims.digest for one in reversed(some)) in known
    assert len({claims_of(some).digest for some in (sets[:1], sets[1:], sets)}) == 3
    assert len(known) == 3
    assert "0" * 64 not in known


def test_the_claims_of_several_sets_are_one_document() -> None:
    first, *_, last = load_sets(ROOT / "features", [FROBNICATION])
    one, other = first.claims, last.claims

    found = claims_of([first, last])

    assert found.claims == (*one.claims, *other.claims)
    assert found.silent == (*one.silent, *other.silent)
    assert found.slips == (*one.slips, *other.slips)
    assert found.slips
    assert found.silent
    assert found.sketches == {**one.sketches, **other.sketches}


def test_features_without_claims_are_a_set_without_any_and_nothing_is_none(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    [one] = load_sets(tmp_path / "a")

    assert one.claims == Claims((), (), {}, "")
    assert (one.name, one.path, one.title) == ("a", "features", "a")
    assert (one.requirements, one.defects) == ({}, {})
    assert load_sets(tmp_path / "nowhere") == ()
