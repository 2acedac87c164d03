"""Which page a copy is of, and which sentence of it is which one of the article, changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.claims import Claim, Claims, Level, Source, Verdict, audit
from lagg_tool.claims.article import Article, parse_article
from lagg_tool.claims.header import Header
from lagg_tool.claims.likeness import SIMILARITY, Index, Weights
from lagg_tool.claims.pages import is_part_of_article, main_page, owner_of
from lagg_tool.claims.sets import ClaimSet
from lagg_tool.errors import UsageError

A = "Copper dogs bark loudly.\n\nSilver cats sleep.\n\nGolden fish swim.\n"
B = "Wooden horses run.\n\nPaper birds fly.\n\nIron snakes hide.\n"
PAGES = {"a.md": A, "b.md": B}
NINE = "The frobnicator turns every single frame around before leaving."


def claims_of(pages: dict[str, str], header: Header | None = None) -> Claims:
    """Return a claim, named by its page and number, for every sentence of the pages."""
    sentences = [
        (name, number, sentence)
        for name, text in pages.items()
        for number, sentence in enumerate(parse_article(name, text).sentences)
    ]
    claims = [
        Claim(
            f"{name[0].upper()}-{number}",
            s.text,
            Level.HOST,
            Verdict.CONFIRMED,
            "Why.",
            "",
            (Source(name, s.section, s.paragraph, (s.hash,)),),
            1,
        )
        for name, number, s in sentences
    ]
    sketches = {s.hash: s.sketch for _, _, s in sentences}
    return Claims(tuple(claims), (), sketches, "", header=header or Header())


def page(name: str, *parts: str) -> Article:
    return parse_article(name, "\n\n".join(parts))


def sentence(text: str, number: int) -> str:
    return text.split("\n\n")[number]


@pytest.mark.parametrize(
    ("copy", "name"),
    [
        (page("a.md", B), "a.md"),
        (page("some/where/a.md", "Nothing."), "a.md"),
        (page("copy.md", B, sentence(A, 0)), "b.md"),
        (page("copy.md", sentence(A, 0), sentence(A, 1), B), "b.md"),
        (page("copy.md", A, sentence(B, 0), sentence(B, 1)), "a.md"),
        (page("copy.md", sentence(B, 0), sentence(B, 1)), "b.md"),
        (page("copy.md", sentence(B, 0)), "copy.md"),
        (page("copy.md", "Nothing."), "copy.md"),
    ],
)
def test_a_copy_is_of_the_page_of_its_name_or_that_it_has_most_of(copy: Article, name: str) -> None:
    assert main_page(copy, claims_of(PAGES)) == name


def test_a_copy_is_of_no_page_where_nothing_is_claimed() -> None:
    assert main_page(page("a.md", A), claims_of({})) == "a.md"
    assert not is_part_of_article(page("a.md", A), claims_of({}))


@pytest.mark.parametrize(
    ("copy", "is_part"),
    [
        (page("copy.md", sentence(B, 0), sentence(B, 2)), True),
        (page("copy.md", sentence(B, 0), sentence(A, 0)), False),
        (page("b.md", sentence(B, 0)), False),
    ],
)
def test_two_sentences_of_one_page_make_a_part_of_the_article(copy: Article, is_part: bool) -> None:
    assert is_part_of_article(copy, claims_of(PAGES)) is is_part


@pytest.mark.parametrize(
    ("copy", "missed"),
    [
        (page("a.md", A, sentence(B, 0)), ["b.md"]),
        (page("a.md", A, sentence(B, 0), sentence(B, 1)), []),
        (page("copy.md", sentence(A, 0), sentence(B, 0), sentence(B, 1)), ["a.md"]),
        (page("copy.md", sentence(A, 0), sentence(B, 0)), []),
        (page("copy.md", "Nothing."), ["a.md", "b.md"]),
    ],
)
def test_the_pages_that_nobody_looked_at_are_those_without_a_copy(
    copy: Article, missed: list[str]
) -> None:
    drift = audit([copy], claims_of(PAGES))

    assert [one.page for one in drift.not_given] == missed
    assert not {gone.page for gone in drift.gone} & set(missed)


BOTH = f"{sentence(A, 0)}\n\n{sentence(A, 1)}"
WORDINGS = {"old.md": f"{BOTH}\n\n{A}", "new.md": f"{BOTH}\n\n{B}"}


@pytest.mark.parametrize(
    ("copy", "missed"),
    [
        (page("old.md", A), ["new.md"]),
        (page("new.md", BOTH, B), ["old.md"]),
        (page("copy.md", A), ["new.md"]),
        (page("copy.md", BOTH, B), ["old.md"]),
        (page("old.md", A, sentence(B, 0)), ["new.md"]),
        (page("old.md", A, B), []),
    ],
)
def test_what_two_wordings_have_in_common_makes_a_copy_of_one_of_them(
    copy: Article, missed: list[str]
) -> None:
    drift = audit([copy], claims_of(WORDINGS))

    assert [one.page for one in drift.not_given] == missed
    assert (drift.gone, drift.changed, drift.uncovered) == ((), (), ())


def test_a_few_sentences_of_another_wording_make_no_copy_of_it() -> None:
    wordings = {
        **WORDINGS,
        "new.md": f"{WORDINGS['new.md']}\n\nPale moons rise.\n\nTin drums roll.",
    }
    copy = page("old.md", A, sentence(B, 0), sentence(B, 1))

    drift = audit([copy], claims_of(wordings))

    assert [one.page for one in drift.not_given] == ["new.md"]
    assert (drift.gone, drift.changed, drift.uncovered) == ((), (), ())


def test_a_changed_sentence_is_rather_one_of_a_page_that_was_given() -> None:
    here, there = NINE.replace("single", "other"), NINE.replace("every single", "all the")
    new = NINE.replace("every single", "all the").replace("leaving", "going")

    drift = audit([page("a.md", A, new)], claims_of({"a.md": f"{A}\n{here}", "b.md": there}))

    assert [one.claims for one in drift.changed] == [("A-3",)]
    assert drift.gone == ()


@pytest.mark.parametrize(
    ("copy", "uncovered"),
    [
        (page("copy.md", "Wild-Animals", A), []),
        (page("copy.md", A, "Wild-Animals"), ["Wild-Animals"]),
        (page("copy.md", "Tame animals", A), ["Tame animals"]),
        (page("copy.md", "# Wild animals", "New here.", A), ["New here."]),
    ],
)
def test_the_title_that_begins_a_copy_is_not_new(copy: Article, uncovered: list[str]) -> None:
    drift = audit([page("empty.md"), copy], claims_of({"wild_animals.md": A}))

    assert [one.text for one in drift.uncovered] == uncovered


def test_the_title_of_the_article_is_no_new_sentence_of_a_copy() -> None:
    claims = claims_of({"a.md": A}, Header(title="Of wild animals"))

    drift = audit([page("a.md", "## Of Wild Animals", A)], claims)

    assert drift.uncovered == ()


def set_of(order: int, pages: dict[str, str]) -> ClaimSet:
    claims = claims_of(pages, Header(name=f"set-{order}", order=order))
    return ClaimSet(Path(f"set-{order}"), f"features/set-{order}", claims)


def test_a_copy_is_of_the_set_that_it_has_most_of() -> None:
    few, many, other = (
        set_of(1, {"x.md": sentence(A, 0)}),
        set_of(2, {"x.md": A}),
        set_of(3, {"a.md": B}),
    )

    assert owner_of(page("a.md", A), [few, many, other]) is many
    assert owner_of(page("a.md", "Nothing."), [few, many, other]) is other, "by its name"
    assert owner_of(page("w/a.md", "Nothing."), [other, few, many]) is other, "by its name"
    assert owner_of(page("c.md", "Nothing."), [other, few]) is other, "the newest"
    with pytest.raises(UsageError, match="there is no claim set; write one"):
        owner_of(page("a.md", A), [])


def pairs_of(pages: dict[str, str], *copies: Article) -> list[tuple[str, str]]:
    """Return which sentence was changed into which, in words."""
    claims = claims_of(pages)
    changed = audit(copies, claims).changed
    return sorted((claims[old].paraphrase, new.text) for new in changed for old in new.claims)


@pytest.mark.parametrize(
    "text",
    [
        "The frobnicator turns every single frame around twice before leaving.",
        "A frobnicator turns many single frames around before leaving.",
    ],
)
def test_a_changed_sentence_is_found_by_the_words_that_stayed(text: str) -> None:
    assert pairs_of({"a.md": NINE}, page("a.md", text)) == [(NINE, text)]


@pytest.mark.parametrize(
    "text",
    [
        "Choose the colour of the lid from this list of colours.",
        "Single colours make lids before they gleam for anybody here.",
        "It is the lid that is to be at the top of the hat before you leave.",
    ],
)
def test_another_sentence_is_no_changed_one(text: str) -> None:
    moved = parse_article("a.md", f"# Elsewhere\n\n{text}")

    assert NINE not in dict(pairs_of({"a.md": NINE}, moved))


def test_the_most_similar_sentences_are_paired_first() -> None:
    near = "The frobnicator turns every single frame around before departing."
    far = "The frobnicator turns every single packet over before departing."
    new = "The frobnicator turns every single frame around before breakfast."

    for old in ([near, far], [far, near]):
        assert pairs_of({"a.md": "\n\n".join(old)}, page("a.md", new)) == [(near, new)]
        assert pairs_of({"a.md": new}, page("a.md", *old)) == [(new, near)]


def test_a_heading_and_then_the_page_decide_between_those_that_are_as_similar() -> None:
    leaving, going, moving, driving = (
        NINE.replace("leaving", word) for word in ("leaving", "going", "moving", "driving")
    )
    one, two = f"# Load balance\n\n{leaving}", f"# Other-ones\n\n{going}"
    new = page("c.md", "# OTHER ONES", driving, "# LoadBalance", moving)
    copies = page("b.md", "# Any", driving), page("a.md", "# Any", moving)

    by_heading = pairs_of({"a.md": f"{one}\n\n{two}"}, new)
    by_page = pairs_of({"a.md": one, "b.md": two}, *copies)
    moved = page("a.md", "# Other ones", driving), page("b.md", "# Load balance", moving)
    heading_first = pairs_of({"a.md": one, "b.md": two}, *moved)

    for found in (by_heading, by_page, heading_first):
        assert {(leaving, moving), (going, driving)} <= set(found)
        assert (leaving, driving) not in found


def test_a_sentence_that_changed_alike_in_two_copies_is_paired_in_both() -> None:
    new = NINE.replace("leaving", "going")
    copies = page("a.md", new), page("included.md", new)

    drift = audit(copies, claims_of({"a.md": NINE}))

    assert [(one.page, one.claims) for one in drift.changed] == [
        ("a.md", ("A-0",)),
        ("included.md", ("A-0",)),
    ]
    assert not drift.uncovered
    assert pairs_of({"a.md": NINE}, *copies) == [(NINE, new), (NINE, new)]


def test_a_copy_of_another_wording_is_not_the_same_sentence_again() -> None:
    new, other = NINE.replace("leaving", "going"), NINE.replace("frame around", "lid over")
    copies = page("a.md", new), page("included.md", other)

    drift = audit(copies, claims_of({"a.md": NINE}))

    assert [one.text for one in drift.changed] == [new]
    assert [one.text for one in drift.uncovered] == [other]


LONG = (
    "Seven copper frobnicators turn every frame around twice, "
    "while purple gadgets collect dusty marbles underneath."
)
HALVES = (
    "Seven copper frobnicators turn every frame around twice.",
    "Purple gadgets collect dusty marbles underneath.",
)


@pytest.mark.parametrize("between", [" ", "\n\n", "\n\n# Elsewhere\n\n"])
def test_a_sentence_made_of_two_and_two_made_of_one_are_paired(between: str) -> None:
    split = pairs_of({"a.md": LONG}, page("a.md", between.join(HALVES)))
    merged = pairs_of({"a.md": between.join(HALVES)}, page("a.md", LONG))

    assert [pair for pair in split if pair[0] == LONG] == [(LONG, HALVES[1]), (LONG, HALVES[0])]
    assert [pair for pair in merged if pair[1] == LONG] == [(HALVES[1], LONG), (HALVES[0], LONG)]


# No word of these has the sketch of a common one.
FEW = "Seven copper frobnicators turn every frame around twice{}."


@pytest.mark.parametrize(
    ("rest", "between", "is_found"),
    [
        ("dusty marbles", " ", True),
        ("dusty marbles", "\n\n", False),
        ("marbles", " ", False),
        ("dusty marbles rattle", "\n\n", True),
        ("dusty marbles rattle", "\n\n# Elsewhere\n\n", True),
    ],
)
def test_a_part_may_be_the_smaller_the_nearer_it_is(
    rest: str, between: str, is_found: bool
) -> None:
    whole, first, second = FEW.format(f", while {rest}"), FEW.format(""), f"{rest.capitalize()}."
    two = between.join([first, second])

    split = pairs_of({"a.md": whole}, page("a.md", two))
    merged = pairs_of({"a.md": two}, page("a.md", whole))

    assert ((whole, second) in split) is is_found
    assert ((second, whole) in merged) is is_found
    assert (whole, first) in split
    assert (first, whole) in merged


def test_one_word_in_common_makes_no_changed_sentence() -> None:
    assert pairs_of({"a.md": "Open."}, page("a.md", "Open now.")) == []


def test_the_words_of_every_sentence_count_for_little() -> None:
    old = "It is to be on the copper blue seven apple pear plum grape lemon melon."
    new = "It is to be on the copper blue seven chair table lamp sofa shelf stool."

    assert pairs_of({"a.md": old}, page("a.md", new)) == []


def test_a_short_sentence_is_found_in_its_place_and_nothing_is_paired_again() -> None:
    short, longer = "It is on.", "It is on the left of the wall beside doors."
    turns = NINE.replace("leaving", "going")
    old = {"a.md": f"{short} {NINE}"}
    found = [(short, longer), (NINE, turns)]

    assert pairs_of(old, page("w/a.md", f"{longer} {turns}")) == found
    assert (short, longer) not in pairs_of(old, page("a.md", f"# There\n\n{longer} {turns}"))
    assert (short, longer) not in pairs_of(old, page("b.md", f"{longer} {turns}"))
    assert (short, longer) not in pairs_of(old, page("a.md", f"{turns}\n\n{longer}"))


SKETCHES = st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=9), min_size=1, max_size=6)


@given(SKETCHES, SKETCHES)
def test_an_index_leaves_out_no_sketch_that_is_alike_or_a_part(
    olds: list[list[str]], news: list[list[str]]
) -> None:
    weights = Weights.of([*olds, *news])
    index = Index(weights, news)
    for one in olds:
        for number, other in enumerate(news):
            if one and other and weights.likeness(one, other) >= SIMILARITY:
                assert number in index.alike(one)
            if any(weights.is_part(each, one, other, near=False) for each in (one, other)):
                assert number in index.parts(one)


def test_an_index_leaves_out_what_has_few_words_in_common() -> None:
    sketches = ["abcd", "abxy", "axyz", "vxyz"]
    index = Index(Weights({}), sketches)

    assert index.alike("abcd") == [0, 1]
    assert index.parts("abc") == {0, 1}


def test_a_sentence_of_two_pages_that_changed_on_one_is_that_of_this_page() -> None:
    old = {"a.md": f"# Dogs\n\n{A}\n\n{NINE}", "b.md": f"# Birds\n\n{B}\n\n{NINE}"}
    new = NINE.replace("leaving", "going")
    copies = page("a.md", old["a.md"]), page("b.md", old["b.md"].replace(NINE, new))

    drift = audit(copies, claims_of(old))

    assert [(one.text, one.claims) for one in drift.changed] == [(new, ("B-4",))]
    assert (drift.uncovered, drift.gone) == ((), ())


def test_a_short_sentence_is_found_beside_what_stood_beside_it() -> None:
    short, longer = "It is on.", "It is on the left of the wall beside doors."
    copy = page("c.md", "Read in a minute.", f"{NINE} {longer}", *A.split("\n\n"))

    assert pairs_of({"a.md": f"{NINE} {short}\n\n{A}"}, copy) == [(short, longer)]


@pytest.mark.parametrize("title", ["## Of Wild Animals", "OF WILD ANIMALS", "## Of wild-animals"])
def test_a_heading_in_other_letters_is_not_gone(title: str) -> None:
    claims = claims_of({"a.md": f"## Of wild animals\n\n{A}"})

    assert not audit([page("a.md", title, A)], claims)
    assert audit([page("a.md", "## Animals", A)], claims).gone
