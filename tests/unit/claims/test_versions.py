"""Sentences of one version of an article are found in another by their text.

The pairs are those that a reader of both finds; ``data/pairs.json`` has them as hashes, since
the pages are not part of the repository.
"""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lagg_tool.claims import Claim, Level, Source, Verdict, audit, load_claims, parse_claims
from lagg_tool.claims.article import parse_article, read_article
from lagg_tool.claims.known import Known, known_sentences
from lagg_tool.claims.sentence import Sentence
from lagg_tool.claims.sets import load_sets
from tests.support.paths import ROOT


def _hash(text: str) -> str:
    return Sentence("", 0, "", 0, text).hash


def _alone(known: Known) -> Source:
    return replace(known.source, hashes=(known.hash,))


CORE = load_claims(ROOT / "features" / "core" / "article.toml")
# Each of its sentences as a claim that is called by its hash.
BY_HASH = replace(
    CORE,
    silent=(),
    claims=tuple(
        Claim(k.hash, k.hash, Level.HOST, Verdict.CONFIRMED, "", "", (_alone(k),), 1)
        for k in known_sentences(CORE)
    ),
)
PAIRS: dict[str, list[list[str]]] = json.loads(
    (Path(__file__).parent / "data" / "pairs.json").read_text(encoding="utf-8")
)

CLAIM = """[[claim]]
id = "F-01"
paraphrase = "It turns."
level = "host"
expected = "confirmed"
why = "So it is."
source = [{{ page = "x.md", section = "Turning", paragraph = 1, hash = ["{0}"] }}]

[[claim]]
id = "F-02"
paraphrase = "It is silent."
level = "host"
expected = "confirmed"
why = "So it is."
source = [{{ page = "x.md", section = "Turning", paragraph = 2, hash = ["{1}"] }}]

[sketch]
"{0}" = "{2}"
"{1}" = "{3}"
"""


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_no_sentence_is_taken_for_another_one(scale_article: Path, name: str) -> None:
    copy = read_article(scale_article / name)

    found = {
        (old, _hash(each.text)) for each in audit([copy], BY_HASH).changed for old in each.claims
    }

    assert found == {(old, new) for old, new in PAIRS[name]}


def test_every_wording_of_an_article_is_without_drift_from_its_own_claims(
    scale_article: Path,
) -> None:
    sets = [one for one in load_sets(ROOT / "features") if one.name == "scale"]
    if not sets:
        pytest.skip("the successor's article has no claims yet")
    pages = [read_article(path) for path in sorted(scale_article.glob("[!R]*.md"))]

    drift = audit(pages, sets[0].claims)

    assert not drift.changed
    assert not drift.uncovered


OLD = """# Turning

The frobnicator turns every frame around once before it leaves.

The frobnicator sends nothing while its lid is open.
"""
NEW = """# Another title

The frobnicator turns every frame around twice before it leaves.

# Turning

Choose the colour of the frobnicator from the list of colours.
"""


def test_a_sentence_under_another_heading_is_found_by_its_text() -> None:
    first, second = (s for s in parse_article("x.md", OLD).sentences if s.paragraph)
    table = CLAIM.format(first.hash, second.hash, first.sketch, second.sketch)

    drift = audit([parse_article("x.md", NEW)], parse_claims("article.toml", table))

    assert [(c.section, c.claims) for c in drift.changed] == [("Another title", ("F-01",))]
    assert [gone.claims for gone in drift.gone] == [("F-02",)]
    assert len(drift.uncovered) == 2, "a heading that was not there, and the colour"
