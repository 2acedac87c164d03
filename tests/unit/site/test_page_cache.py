"""Pages kept from build to build: the same as if made anew, whatever changed in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool.evidence import Status
from lagg_tool.site import page_cache as kept
from lagg_tool.site.gherkin import read_features
from lagg_tool.site.page import Attachment, Page
from lagg_tool.site.page_cache import Kept, Made
from lagg_tool.site.publication import Site, Sources, make_site
from tests.support.synthetic import synthetic_features, synthetic_results, with_status

NAME = "Traffic goes through the primary"


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    features = synthetic_features(tmp_path / "features")
    synthetic_results(features).write(tmp_path / "r.json")
    return Sources(tmp_path / "features", (tmp_path / "r.json",), kept=tmp_path / "kept")


def anew(sources: Sources) -> Site:
    return make_site(Sources(sources.features, sources.results))


def content(site: Site) -> dict[str, object]:
    pages = {page.url: page for page in site.pages}
    return {**pages, **{file.path: file.content for file in site.attachments}}


def test_a_second_build_is_the_same_as_the_first(sources: Sources) -> None:
    first = make_site(sources)

    second = make_site(sources)

    assert content(second) == content(first) == content(anew(sources))


def test_a_changed_feature_is_shown_as_it_is_now(sources: Sources) -> None:
    make_site(sources)
    path = sources.features / "failover.feature"
    path.write_text(path.read_text("utf-8").replace("3 pings", "4 pings"), "utf-8")

    site = make_site(sources)

    assert "4 pings are sent" in next(p for p in site.pages if p.path == "features/failover").html
    assert content(site) == content(anew(sources))


def test_changed_results_are_shown_as_they_are_now(sources: Sources, tmp_path: Path) -> None:
    make_site(sources)
    failed = with_status(synthetic_results(read_features(sources.features)), NAME, Status.FAILED)
    failed.write(tmp_path / "r.json")

    site = make_site(sources)

    assert content(site) == content(anew(sources))
    assert "✗" in next(p for p in site.pages if p.path == "features/failover").html


def test_another_results_file_is_another_site(sources: Sources, tmp_path: Path) -> None:
    make_site(sources)
    synthetic_results(read_features(sources.features), started="2026-11-18T08:00:00Z").write(
        tmp_path / "old.json"
    )
    more = Sources(sources.features, (*sources.results, tmp_path / "old.json"), kept=sources.kept)

    site = make_site(more)

    assert content(site) == content(anew(more))
    assert any("in all of 2 runs" in page.html for page in site.pages)


def test_what_is_unchanged_is_not_made_again(tmp_path: Path) -> None:
    made = Made((Page("a", "A", "<p>", "s", "d"),), (Attachment("a.pcap", b"\xff\0"),))
    Kept(tmp_path).get(("a",), lambda: made)

    again = Kept(tmp_path).get(("a",), lambda: pytest.fail("made again"))

    assert again == made


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"pages": [[]], "files": []}'])
def test_what_was_not_kept_whole_is_made_anew(tmp_path: Path, damage: str) -> None:
    Kept(tmp_path).get(("a",), lambda: Made(()))
    [path] = tmp_path.glob("*.json")
    path.write_text(damage, "utf-8")
    made = Made((Page("a", "A", "<p>"),))

    assert Kept(tmp_path).get(("a",), lambda: made) == made


def test_what_nobody_used_for_long_goes(tmp_path: Path) -> None:
    for number in range(9):
        last = Kept(tmp_path)
        last.get((str(number),), lambda: Made(()))

    last.tidy()

    assert len(list(tmp_path.glob("*.json"))) == 4
    assert Kept(tmp_path).get(("8",), lambda: pytest.fail("the last was used last")) == Made(())


def test_a_directory_that_cannot_be_written_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    made = Made((Page("a", "A", "<p>"),))

    assert Kept(tmp_path / "file").get(("a",), lambda: made) == made


def test_a_changed_template_is_another_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "page.html").write_text("old", "utf-8")
    monkeypatch.setattr(kept, "_PACKAGE", package)
    Kept(tmp_path).get(("a",), lambda: Made(()))
    (package / "page.html").write_text("new", "utf-8")
    made = Made((Page("a", "A", "new"),))

    assert Kept(tmp_path).get(("a",), lambda: made) == made
