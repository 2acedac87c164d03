"""The README's pictures are there, of a format that browsers show, and made by one command."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser

from tests.pictures import IMAGES, PICTURES, take
from tests.support.paths import ROOT

LARGEST = 300_000  # bytes; how much a page takes differs from machine to machine


def is_webp(data: bytes) -> bool:
    return data[:4] == b"RIFF" and data[8:12] == b"WEBP"


def test_the_pictures_of_the_readme_are_those_that_the_command_takes() -> None:
    shown = re.findall(r"!\[.*?\]\(docs/images/(.*?)\)", (ROOT / "README.md").read_text("utf-8"))

    assert shown == [f"{picture.name}.webp" for picture in PICTURES]
    assert sorted(path.name for path in IMAGES.iterdir()) == sorted(shown)
    for name in shown:
        data = (IMAGES / name).read_bytes()
        assert is_webp(data)
        assert len(data) < LARGEST


def test_the_command_takes_pictures_of_the_present_site(site: Path, browser: Browser) -> None:
    taken = dict(take(browser, site, PICTURES))

    assert sorted(taken) == sorted(f"{picture.name}.webp" for picture in PICTURES)
    assert all(is_webp(data) and len(data) < LARGEST for data in taken.values())
    assert len(set(taken.values())) == len(PICTURES)
