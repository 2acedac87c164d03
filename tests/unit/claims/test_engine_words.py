"""The engine knows no article: claims, suite and site have no word and no identifier of one."""

import re

import pytest

from lagg_tool.claims.sets import load_sets
from tests.support.paths import ROOT

ENGINE = ("claims", "suite", "site")
# Words of the articles that are about link aggregation.
WORDS = re.compile(r"lagg|bond|lacp", re.IGNORECASE)
# The name of this package, of its program and of its errors.
NAMES = re.compile(r"lagg[_-]tool|LaggToolError")
SUFFIXES = (".py", ".html", ".js", ".css", ".toml")


def lines() -> list[tuple[str, str]]:
    """Return the lines of the engine, each with its place, without the package's own name."""
    found = []
    for part in ENGINE:
        for path in sorted((ROOT / "lagg_tool" / part).rglob("*")):
            place = str(path.relative_to(ROOT / "lagg_tool"))
            if path.suffix in SUFFIXES and "min.js" not in path.name:
                text = NAMES.sub("", path.read_text(encoding="utf-8"))
                found += [(f"{place}:{n}", line) for n, line in enumerate(text.splitlines(), 1)]
    return found


def test_the_engine_has_no_word_of_an_article() -> None:
    assert [(place, line) for place, line in lines() if WORDS.search(line)] == []


def test_the_engine_names_nothing_that_a_set_defines() -> None:
    identifiers = {
        name
        for one in load_sets(ROOT / "features")
        for name in (
            *one.claims.ids,
            *one.defects,
            *(i for known in one.requirements.values() for i in known.requirements),
            *(i for known in one.requirements.values() for i in known.deviations),
        )
    }
    assert len(identifiers) > 100

    cited = re.compile(r"\b(" + "|".join(map(re.escape, sorted(identifiers))) + r")\b")
    assert [(place, line) for place, line in lines() if cited.search(line)] == []


@pytest.mark.parametrize("line", ["a LAGG", "lacp.toml", "bond0", "lagg0 is left"])
def test_a_word_of_an_article_is_seen(line: str) -> None:
    assert WORDS.search(NAMES.sub("", line))
