"""Markup in every field of features, claims, results and articles, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.evil_site import evil_site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return evil_site(tmp_path_factory.mktemp("evil"))


def test_no_page_has_a_live_element(evil: Path, page: Page) -> None:
    """The fixture ``page`` fails as well on what the Content-Security-Policy stops."""
    for path in sorted(evil.rglob("*.html")):
        page.goto(path.as_uri())

        assert page.locator("img, [onerror]").count() == 0, path


def test_the_search_shows_markup_as_text(evil: Path, page: Page) -> None:
    page.goto((evil / "index.html").as_uri())

    page.get_by_role("searchbox", name="Search").fill("onerror")
    hits = page.locator("#hits a")
    hits.first.wait_for()

    assert hits.count() > 5
    assert page.locator("#hits img").count() == 0


def test_the_policy_stops_an_inline_script(evil: Path, page: Page, complaints: list[str]) -> None:
    """An escape that was forgotten would still run nothing."""
    forgotten = evil / "forgotten.html"
    html = (evil / "index.html").read_text(encoding="utf-8")
    broken = html.replace("</main>", "<img src=data:, onerror='window.ran=1'></main>", 1)
    forgotten.write_text(broken, encoding="utf-8")

    with page.expect_console_message(lambda message: "Content Security" in message.text):
        page.goto(forgotten.as_uri())

    assert page.evaluate("window.ran") is None
    complaints.clear()
