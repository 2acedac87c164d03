"""The README's pictures: ``python -m tests.pictures`` builds the site and looks at it.

The site is that of ``docs/history``, the runs on real hosts. Chromium writes WebP itself.
"""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from lagg_tool.site import build
from tests.browser.conftest import CHROMIUM, FLAGS
from tests.support.paths import ROOT

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT, QUALITY = 1280, 800, 80


@dataclass(frozen=True)
class Picture:
    """A page of the site, as it is seen in a scheme of colours."""

    name: str
    page: str
    scheme: str


PICTURES = (
    Picture("front-light", "index.html", "light"),
    Picture("protocol-dark", "protocols/lacp.html", "dark"),
)


def take(
    browser: Browser, site: Path, pictures: tuple[Picture, ...]
) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the WebP of each picture."""
    for picture in pictures:
        context = browser.new_context(
            viewport={"width": WIDTH, "height": HEIGHT},
            color_scheme="dark" if picture.scheme == "dark" else "light",
        )
        page = context.new_page()
        page.goto((site / picture.page).as_uri())
        devtools = context.new_cdp_session(page)
        taken = devtools.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
        yield f"{picture.name}.webp", base64.b64decode(taken["data"])
        context.close()


def main() -> int:
    """Take all of them; returns 0."""
    if not CHROMIUM.exists():
        print("Debian's chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as playwright:
        site = Path(directory) / "site"
        build(site)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, data in take(browser, site, PICTURES):
            (IMAGES / name).write_bytes(data)
            print(f"docs/images/{name}: {len(data):,} bytes")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
