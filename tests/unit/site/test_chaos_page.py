"""The page that says what is tried, and by which test, says it of tests that there are."""

import re

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "explanation" / "chaos.md"


def test_every_test_that_the_page_names_is_there() -> None:
    sources = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.M)}

    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))

    assert len(named) > 30
    assert named <= there


def test_the_counts_are_of_a_million_inputs_of_each_kind() -> None:
    rows = re.findall(r"^\| .+ \| ([\d,]+) \| [\d,]+ \| [\d,]+ \|$", PAGE.read_text(), re.M)

    assert rows == ["1,000,000"] * 5
