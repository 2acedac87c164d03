"""The page of robustness tests names tests that exist."""

import re

from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "explanation" / "chaos.md"


def test_every_test_that_the_page_names_exists() -> None:
    sources = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    existing = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, re.M)}

    named = set(re.findall(r"`(test_\w+)`", PAGE.read_text()))

    assert len(named) > 30
    assert named <= existing
