"""Drift where several pages, several claims of one sentence, and several candidates meet."""

from lagg_tool.claims import Claim, Claims, Drift, Level, Silence, Source, Verdict, audit
from lagg_tool.claims.article import INTRODUCTION as OPENING
from lagg_tool.claims.article import parse_article
from lagg_tool.claims.drift import Changed, Gone, NotGiven, Uncovered

PAGES = {
    "a.md": "One port is the primary.\n\nFrames leave by that port alone.\n",
    "b.md": "The switch must speak LACP too. A silent switch gets no frame.\n",
}


def claims_of(pages: dict[str, str], *, each: int = 1, silent: bool = False) -> Claims:
    """Return ``each`` claims for every sentence of the pages, or for all one silence."""
    sources = [
        (Source(name, s.section, s.paragraph, (s.hash,)), s.sketch)
        for name, text in pages.items()
        for s in parse_article(name, text).sentences
    ]
    claims = [
        Claim(
            f"C-{n}{k}", f"Words {n}{k}.", Level.HOST, Verdict.CONFIRMED, "Why.", "", (source,), 1
        )
        for n, (source, _) in enumerate(sources)
        for k in range(each)
    ]
    silences = [Silence(source, "It leads on.") for source, _ in sources] if silent else []
    sketches = {source.hashes[0]: sketch for source, sketch in sources}
    return Claims(() if silent else tuple(claims), tuple(silences), sketches, "")


def test_the_drift_of_every_page_is_listed_with_its_place() -> None:
    one = PAGES["a.md"].replace("One port is the primary.", "One port is always the primary.")
    two = PAGES["b.md"].replace("A silent switch gets no frame.", "") + "\nNew here.\n"
    articles = [
        parse_article("a.md", one + "\nNew there.\n"),
        parse_article("b.md", two.replace("must speak LACP too", "must also speak LACP")),
    ]

    drift = audit(articles, claims_of(PAGES))

    assert drift == Drift(
        (
            Changed("a.md", 1, OPENING, "One port is always the primary.", ("C-00",), "Words 00."),
            Changed("b.md", 1, OPENING, "The switch must also speak LACP.", ("C-20",), "Words 20."),
        ),
        (Uncovered("a.md", 5, OPENING, "New there."), Uncovered("b.md", 3, OPENING, "New here.")),
        (Gone("b.md", OPENING, 1, ("C-30",), "Words 30."),),
    )


def test_a_sentence_that_two_claims_rest_on_is_gone_for_both() -> None:
    page = {"a.md": "One port is the primary.\n"}

    drift = audit([parse_article("a.md", "")], claims_of(page, each=2))

    assert drift.gone == (Gone("a.md", OPENING, 1, ("C-00", "C-01"), "Words 00.; Words 01."),)


def test_a_sentence_that_claims_nothing_is_gone_without_a_claim() -> None:
    page = {"a.md": "Read on.\n"}

    drift = audit([parse_article("a.md", "")], claims_of(page, silent=True))

    assert drift.gone == (Gone("a.md", OPENING, 1, (), "It leads on."),)


def test_a_renamed_copy_is_of_the_page_that_it_shares_most_sentences_with() -> None:
    copy = PAGES["b.md"] + "\nOne port is the primary.\n"

    drift = audit([parse_article("copy.md", copy)], claims_of(PAGES))

    assert drift == Drift(not_given=(NotGiven("a.md", ("C-00", "C-10")),))


def test_an_article_without_any_claim_is_uncovered() -> None:
    drift = audit([parse_article("a.md", "One.\n")], claims_of({}))

    assert drift.uncovered == (Uncovered("a.md", 1, OPENING, "One."),)


def test_sentences_changed_in_one_section_are_listed_in_the_order_of_the_page() -> None:
    text = PAGES["a.md"].replace("is the primary", "is chosen as the primary and best port")
    text = text.replace("by that port alone", "by that one port alone")

    drift = audit([parse_article("a.md", text)], claims_of(PAGES))

    assert [changed.claims for changed in drift.changed] == [("C-00",), ("C-10",)]
    assert not drift.gone
    assert not drift.uncovered


def test_any_one_kind_of_drift_is_drift() -> None:
    changed = Changed("a.md", 1, OPENING, "One.", ("C-00",), "Words 00.")
    gone = Gone("a.md", OPENING, 1, (), "One.")

    assert not Drift()
    assert Drift(changed=(changed,))
    assert Drift(uncovered=(Uncovered("a.md", 1, OPENING, "One."),))
    assert Drift(gone=(gone,))
