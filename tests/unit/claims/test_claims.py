import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.claims import (
    Claim,
    Drift,
    Level,
    Outcome,
    Relation,
    Source,
    Verdict,
    audit,
    judge,
    load_claims,
    parse_claims,
)
from lagg_tool.claims.article import Article, parse_article, read_article
from lagg_tool.errors import DocumentError
from tests.support.paths import ROOT

DATA = Path(__file__).parent / "data"
PAGE = (DATA / "bonding.md").read_text(encoding="utf-8")
CLAIMS = load_claims(DATA / "bonding.toml")

CLAIM = """[[claim]]
id = "C-01"
paraphrase = "Words."
level = "host"
expected = "confirmed"
why = "Because."
source = [{ page = "a.md", section = "A", paragraph = 1, hash = ["0123456789abcdef"] }]

[sketch]
"0123456789abcdef" = "aabb"
"""


def page(text: str = PAGE, name: str = "bonding.md") -> Article:
    return parse_article(name, text)


def claim(level: Level = Level.HOST, expected: Verdict = Verdict.CONFIRMED) -> Claim:
    source = Source("a.md", "A", 1, ())
    return Claim("C-01", "Words.", level, expected, "Because.", "", (source,), 1)


def test_the_page_that_the_claims_were_written_for_has_no_drift() -> None:
    assert audit([page()], CLAIMS) == Drift()


def test_one_sentence_changed_and_one_added_are_exactly_those_two() -> None:
    text = PAGE.replace("by each port in turn", "by every port at once").replace(
        "two ports.", "two ports. They must be alike."
    )

    drift = audit([page(text)], CLAIMS)

    [changed], [uncovered] = drift.changed, drift.uncovered
    assert (changed.line, changed.section, changed.claims) == (13, "Rotate", ("C-03",))
    assert changed.text == "Frames leave by every port at once."
    assert (uncovered.line, uncovered.text) == (20, "They must be alike.")
    assert not drift.gone


def test_a_sentence_added_beside_a_changed_one_is_told_apart_from_it() -> None:
    text = PAGE.replace(
        "Blank means 1500.", "Anything goes, even a blank. A blank field means 1500 or so."
    )

    drift = audit([page(text)], CLAIMS)

    assert [c.text for c in drift.changed] == ["A blank field means 1500 or so."]
    assert [u.text for u in drift.uncovered] == ["Anything goes, even a blank."]


def test_a_removed_sentence_leaves_its_claims_without_a_source() -> None:
    drift = audit([page(PAGE.replace("Nothing is negotiated.", ""))], CLAIMS)

    [gone] = drift.gone
    assert (gone.section, gone.claims) == ("Rotate", ("C-04",))
    assert not drift.changed
    assert not drift.uncovered


def test_a_copy_under_another_name_is_recognised_by_its_sentences() -> None:
    text = PAGE.replace("A name is", "The name must be")

    drift = audit([page(text, "my-copy.md")], CLAIMS)

    assert [c.claims for c in drift.changed] == [("C-07",)]
    assert not drift.gone


def test_a_changed_link_address_is_drift() -> None:
    drift = audit([page(PAGE.replace("example.org/bond", "example.org/bundle"))], CLAIMS)

    assert [c.claims for c in drift.changed] == [("C-01",)]


def test_a_page_that_nobody_knows_is_uncovered_altogether() -> None:
    drift = audit([page("Quite another page. It says things.", "other.md")], CLAIMS)

    assert len(drift.uncovered) == 2
    assert not drift.gone


@given(st.sampled_from([s.text for s in page().sentences if "<" not in s.text and s.paragraph]))
def test_every_sentence_that_is_taken_away_is_missed(sentence: str) -> None:
    # Line breaks and emphasis in the file, none in the normalised sentence.
    text = PAGE.replace("**", "").replace("`", "").replace("survives\na", "survives a")
    text = text.replace('[the glossary]({{< relref "/glossary.md" >}})', "the glossary")

    drift = audit([page(text.replace(sentence, ""))], CLAIMS)

    assert len(drift.gone) == 1
    assert not drift.changed
    assert not drift.uncovered


def test_the_article_itself_has_no_drift_and_nothing_uncovered(article: Path) -> None:
    articles = [read_article(path) for path in sorted(article.glob("*.md"))]

    drift = audit(articles, load_claims(ROOT / "features" / "core" / "article.toml"))

    assert len(articles) == 3
    assert drift == Drift()


def test_the_claims_of_the_article_are_all_there() -> None:
    claims = load_claims(ROOT / "features" / "core" / "article.toml")

    numbers = {"C": 30, "O": 10, "S": 13, "P": 8}
    expected = {f"{s}-{n:02}" for s, count in numbers.items() for n in range(1, count + 1)}
    assert claims.ids == expected | {"C-20b"}
    assert all(s.hashes for c in claims.claims for s in c.sources if s.page != "lagg(4)")


def test_what_was_not_chosen_or_was_broken_reads_not_run_and_not_not_covered() -> None:
    away = [Outcome("f::a", Relation.CONFIRMS, None, "was not run", open=True)]
    skipped = [Outcome("f::a", Relation.CONFIRMS, None, "one port only")]

    assert judge(claim(), away).verdict is Verdict.NOT_RUN
    assert judge(claim(), skipped).verdict is Verdict.NOT_COVERED


def test_a_part_of_the_scenarios_makes_no_other_verdict_than_all_of_them() -> None:
    part = [Outcome("f::a", Relation.REFINES, passed=True)]
    rest = Outcome("f::b", Relation.CONTRADICTS, None, "the NAS was lost", open=True)
    expected = claim(expected=Verdict.CONTRADICTED)

    judgement = judge(expected, [*part, rest])

    assert judgement.verdict is Verdict.NOT_RUN
    assert judgement.reason == "what decides did not run: the NAS was lost"
    assert judge(expected, part).verdict is Verdict.IMPRECISE


RELATIONS = {
    Relation.CONFIRMS: Verdict.CONFIRMED,
    Relation.REFINES: Verdict.IMPRECISE,
    Relation.CONTRADICTS: Verdict.CONTRADICTED,
}


@pytest.mark.parametrize("relation", Relation)
def test_a_passing_scenario_gives_its_relation_as_the_verdict(relation: Relation) -> None:
    judgement = judge(claim(), [Outcome("f::s", relation, passed=True)])

    assert judgement.verdict is RELATIONS[relation]


def test_the_gravest_relation_decides() -> None:
    outcomes = [Outcome(f"f::{r}", r, passed=True) for r in Relation]

    assert judge(claim(), outcomes).verdict is Verdict.CONTRADICTED
    assert judge(claim(), outcomes[:2]).verdict is Verdict.IMPRECISE


@given(st.lists(st.tuples(st.sampled_from(Relation), st.sampled_from([True, None]))))
def test_one_failed_scenario_means_that_the_behaviour_changed(
    others: list[tuple[Relation, bool | None]],
) -> None:
    outcomes = [Outcome("f::s", r, passed=p) for r, p in others]
    failed = Outcome("f::broken", Relation.CONFIRMS, passed=False)

    judgement = judge(claim(), [*outcomes, failed])

    assert judgement.verdict is Verdict.CHANGED
    assert "f::broken" in judgement.reason


def test_a_verdict_that_was_not_expected_says_what_was() -> None:
    confirmed = [Outcome("f::s", Relation.CONFIRMS, passed=True)]
    as_expected, other = claim(), claim(expected=Verdict.IMPRECISE)

    assert judge(as_expected, confirmed).reason == as_expected.why
    assert f"expected was imprecise: {other.why}" in judge(other, confirmed).reason
    assert "expected: imprecise" in judge(other, []).reason


def test_scenarios_that_did_not_run_cover_nothing_and_say_why() -> None:
    skipped = Outcome("f::s", Relation.CONFIRMS, passed=None, reason="needs four ports")

    judgement = judge(claim(), [skipped])

    assert judgement.verdict is Verdict.NOT_COVERED
    assert "needs four ports" in judgement.reason


def test_a_claim_without_a_scenario_is_not_covered_and_an_editorial_one_is_judged() -> None:
    assert judge(claim(Level.API), []).verdict is Verdict.NOT_COVERED
    editorial = claim(Level.EDITORIAL, Verdict.CONTRADICTED)
    assert judge(editorial, []).verdict is Verdict.CONTRADICTED


def test_a_claim_that_cannot_be_tested_stays_so_though_its_mechanism_is_shown() -> None:
    outcomes = [Outcome("f::s", Relation.CONFIRMS, passed=True)]

    judgement = judge(claim(expected=Verdict.NOT_TESTABLE), outcomes)

    assert judgement.verdict is Verdict.NOT_TESTABLE


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('id = "C-01"', 'id = "1"', 2, "capital letter"),
        ('level = "host"', 'level = "moon"', 4, "must be one of host, wire, api, editorial"),
        ('expected = "confirmed"', 'expected = "wrong"', 5, "must be one of confirmed"),
        ('expected = "confirmed"', 'expected = "imprecise"', 1, "a correction"),
        ('why = "Because."', 'why = ""', 6, "string with something in it"),
        ('why = "Because."', "", 1, "string with something in it"),
        ('why = "Because."', 'why = "Because."\nwhom = 1', 7, "'whom' is not known"),
        ("paragraph = 1", "paragraph = -1", 7, "number from 0"),
        ("paragraph = 1", "paragraph = true", 7, "number from 0"),
        ('["0123456789abcdef"]', '["0123"]', 7, "16 hexadecimal"),
        ('["0123456789abcdef"]', '["0123456789abcdee"]', 7, "has no sketch"),
        ('"aabb"', '"abc"', 10, "two hexadecimal digits"),
        ("[[claim]]", "[claim]", 1, "array of tables"),
        ("[sketch]", "[sketch", 9, "not TOML"),
        ("[sketch]", "[sketches]", 9, "'sketches' is not known"),
        ("[[claim]]", CLAIM.split("\n\n", maxsplit=1)[0] + "\n[[claim]]", 8, "there twice"),
    ],
)
def test_a_mistake_in_the_claims_is_reported_with_file_and_line(
    old: str, new: str, line: int, message: str
) -> None:
    text = CLAIM.replace(old, new)

    with pytest.raises(DocumentError, match=message) as caught:
        parse_claims("article.toml", text)

    assert (caught.value.path, caught.value.line) == ("article.toml", line)


TOML_VALUE = st.recursive(
    st.sampled_from(['"C-01"', '"host"', "1", "true", "1.5", '"0123456789abcdef"', "2020-01-01"]),
    lambda inner: st.lists(inner, max_size=2).map(lambda values: f"[{', '.join(values)}]"),
    max_leaves=3,
)
TOML_KEY = st.sampled_from(
    ["claim", "silent", "sketch", "id", "source", "source.page", "level", "why", "x", "reason"]
)
TOML_LINE = st.one_of(
    st.sampled_from(["[[claim]]", "[[silent]]", "[sketch]", "[claim]", '"""', *CLAIM.split("\n")]),
    st.tuples(TOML_KEY, TOML_VALUE).map(" = ".join),
    st.text(max_size=6),
)


@given(st.lists(TOML_LINE, max_size=14).map("\n".join))
def test_any_text_is_claims_or_a_document_error(text: str) -> None:
    with contextlib.suppress(DocumentError):
        claims = parse_claims("article.toml", text)

        assert len(claims.ids) == len(claims.claims)


def test_a_wrong_list_of_tables_is_reported_on_its_line() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_claims("a.toml", "\n\n\n[[set]]\nname='a'\n")

    assert caught.value.line == 4
