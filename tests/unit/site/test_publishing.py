"""What a publication leaves that is killed: the old version or the new one."""

from __future__ import annotations

import itertools
from functools import partial
from pathlib import Path

import pytest

from lagg_tool.errors import UsageError
from lagg_tool.site import publishing
from lagg_tool.site.address import Address
from lagg_tool.site.directory import check_site_directory, fresh_site
from lagg_tool.site.publishing import Inputs, publish
from tests.support.killed import killed_before

ADDRESS = Address.of("https://docs.example/lagg", "1.0", "", "")


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what is in each page of a build from now on; nothing lets it fail."""
    current = ["old"]

    def build(site: Path, *_: object, **__: object) -> None:
        check_site_directory(site, [])
        with fresh_site(site) as fresh:
            if not current:
                raise UsageError("it cannot be built")
            for name in ("index.html", "404.html", "feed.xml"):
                (fresh / name).write_text(current[0], encoding="utf-8")

    monkeypatch.setattr(publishing, "build", build)
    return current


def test_a_publication_killed_at_any_moment_leaves_the_old_version_or_the_new_one(
    text: list[str], tmp_path: Path
) -> None:
    founds = []

    for moment in itertools.count():
        place = tmp_path / f"{moment}"
        text[:] = ["old"]
        publish(place, ADDRESS, Inputs())
        text[:] = ["new"]
        if not killed_before(moment, partial(publish, place, ADDRESS, Inputs())):
            break
        text.clear()
        with pytest.raises(UsageError):
            publish(place, ADDRESS, Inputs())
        founds.append({page.read_text("utf-8") for page in (place / "1.0").glob("*.html")})
        text[:] = ["newer"]
        publish(place, ADDRESS, Inputs())
        assert {page.read_text("utf-8") for page in (place / "1.0").glob("*.html")} == {"newer"}
        assert (place / "404.html").read_text("utf-8") == "newer"

    assert founds[0] == {"old"}
    assert all(found in ({"old"}, {"new"}) for found in founds)
    assert founds[-1] == {"new"}


def test_what_a_killed_removal_left_of_a_build_does_not_stop_the_next_one(
    text: list[str], tmp_path: Path
) -> None:
    publish(tmp_path, ADDRESS, Inputs())
    (tmp_path / ".1.0.new").mkdir()
    (tmp_path / ".1.0.new" / "index.html").touch()  # and the mark is gone

    publish(tmp_path, ADDRESS, Inputs())

    assert (tmp_path / "1.0" / "index.html").read_text("utf-8") == text[0]


def test_a_first_publication_killed_at_any_moment_does_not_stop_the_next_one(
    text: list[str], tmp_path: Path
) -> None:
    for moment in itertools.count():
        place = tmp_path / f"{moment}"
        if not killed_before(moment, partial(publish, place, ADDRESS, Inputs())):
            break
        publish(place, ADDRESS, Inputs())

        assert (place / "1.0" / "index.html").read_text("utf-8") == text[0]
    assert moment > 10
