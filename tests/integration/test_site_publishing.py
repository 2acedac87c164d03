"""Publishing: a directory with a version each, addresses, and what leads to the newest."""

from __future__ import annotations

import re
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.errors import LaggToolError, RefusedError, UsageError
from lagg_tool.site import Layout, build, publishing
from lagg_tool.site.address import Address
from lagg_tool.site.publishing import Inputs, publish
from tests.support.paths import ROOT
from tests.support.synthetic import OBSERVED, synthetic_features, synthetic_results

URL = "https://docs.example/lagg"
REPOSITORY = "https://git.example/lagg"


def inputs_in(directory: Path) -> Inputs:
    """Return a small site: features, two runs, one page by hand."""
    features = synthetic_features(directory / "features")
    shutil.copy(ROOT / "features" / "core" / "article.toml", directory / "features")
    docs = directory / "docs"
    docs.mkdir()
    (docs / "tutorial.md").write_text("# The tutorial\n\nWords.\n", encoding="utf-8")
    synthetic_results(features).write(directory / "simulated.json")
    synthetic_results(features, OBSERVED).write(directory / "observed.json")
    layout = Layout(ROOT / "mkdocs.yml", docs, directory / "features")
    return Inputs([directory / "simulated.json", directory / "observed.json"], (), layout)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return inputs_in(tmp_path)


def address(version: str) -> Address:
    return Address.of(URL, version, REPOSITORY, "edit/trunk/")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with one version, which tests only read."""
    directory = tmp_path_factory.mktemp("published")
    publish(directory / "public", address("1.0"), inputs_in(directory))
    return directory / "public"


@pytest.fixture
def place(published: Path, tmp_path: Path) -> Path:
    """Return a directory with one version, to be changed."""
    return Path(shutil.copytree(published, tmp_path / "public"))


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def test_a_page_knows_its_address_and_what_it_was_built_from(published: Path) -> None:
    for name in ("index", "tutorial", "features/failover"):
        html = text(published / "1.0" / f"{name}.html")
        assert f'<link rel="canonical" href="{URL}/1.0/{name}.html">' in html
        assert f'content="{URL}/1.0/images/card.png"' in html
        assert f'href="{REPOSITORY}/commit/' in html
        assert "FreeBSD 13.2, observed on 2026-11-20" in html
    assert (published / "1.0" / "images" / "card.png").is_file()
    assert (published / "1.0" / "images" / "icon.svg").is_file()


def test_a_scenario_is_edited_where_it_is_written(published: Path) -> None:
    html = text(published / "1.0" / "features" / "failover.html")

    found = re.findall(rf'href="{REPOSITORY}/edit/trunk/features/failover.feature#L(\d+)"', html)

    lines = text(published.parent / "features" / "failover.feature").splitlines()
    assert len(found) == 3
    assert all("Scenario:" in lines[int(number) - 1] for number in found)
    tutorial = text(published / "1.0" / "tutorial.html")
    assert f'href="{REPOSITORY}/edit/trunk/docs/tutorial.md"' in tutorial


def test_every_page_is_in_the_sitemap_and_the_root_leads_there(published: Path) -> None:
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    site = published / "1.0"

    root = ET.fromstring(text(published / "sitemap.xml"))  # noqa: S314 - our own
    own = ET.fromstring(text(site / "sitemap.xml"))  # noqa: S314 - our own

    assert [e.text for e in root.iterfind(".//s:loc", names)] == [f"{URL}/1.0/sitemap.xml"]
    found = {e.text for e in own.iterfind(".//s:loc", names)}
    pages = {p.relative_to(site).as_posix() for p in site.rglob("*.html")} - {"404.html"}
    assert found == {f"{URL}/1.0/{page}" for page in pages}


def test_the_feed_has_an_entry_for_each_run(published: Path) -> None:
    names = {"a": "http://www.w3.org/2005/Atom"}

    root = ET.fromstring(text(published / "feed.xml"))  # noqa: S314 - our own

    titles = [e.findtext("a:title", "", names) for e in root.iterfind("a:entry", names)]
    assert len(titles) == 2
    assert all("green" in title or "red" in title for title in titles)
    identifiers = [e.findtext("a:id", "", names) for e in root.iterfind(".//a:entry", names)]
    assert len(set(identifiers)) == 2
    assert root.findtext("a:id", "", names) == f"{URL}/feed.xml"


def test_a_page_that_is_not_there_links_from_the_root_of_its_host(published: Path) -> None:
    html = text(published / "404.html")

    assert 'href="/lagg/1.0/css/site.css"' in html
    links = re.findall(r'(?:href|src)="([^"]+)"', html)
    assert all(link.startswith(("/lagg/1.0/", "https://", "#")) for link in links)


def test_the_same_version_again_replaces_only_itself(place: Path, inputs: Inputs) -> None:
    (place / "1.0" / "old.html").write_text("old", encoding="utf-8")
    publish(place, address("2.0"), inputs)
    marked = place / "2.0" / "kept.html"
    marked.write_text("kept", encoding="utf-8")

    publish(place, address("1.0"), inputs)

    assert not (place / "1.0" / "old.html").exists()
    assert marked.exists()
    assert text(place / "versions.js") == 'window.SITE_VERSIONS=["1.0", "2.0"];\n'
    assert "url=2.0/index.html" in text(place / "index.html")
    assert sorted(p.name for p in place.iterdir() if p.name.startswith(".")) == [
        ".lagg_tool_publication"
    ]


def test_a_build_that_fails_leaves_the_version_that_was_there(place: Path, inputs: Inputs) -> None:
    before = text(place / "1.0" / "index.html")
    broken = place.parent / "broken.json"
    broken.write_text("{}", encoding="utf-8")

    with pytest.raises(LaggToolError, match=r"broken\.json"):
        publish(place, address("1.0"), Inputs([broken], (), inputs.layout))

    assert text(place / "1.0" / "index.html") == before
    assert not list(place.glob(".1.0*"))


def test_a_version_whose_place_is_not_taken_stays(tmp_path: Path) -> None:
    site = tmp_path / "1.0"
    site.mkdir()
    (site / "index.html").touch()

    with pytest.raises(FileNotFoundError):
        publishing._exchange(site, tmp_path / ".1.0.new")

    assert [str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*")] == ["1.0", "1.0/index.html"]


@pytest.mark.parametrize(
    "damaged", ["", "window.SITE_VERSIONS=[", "[1, 2]", '{"a": 1}', "[" * 9999]
)
def test_a_list_of_versions_that_is_damaged_is_named_before_anything_is_built(
    damaged: str, inputs: Inputs, tmp_path: Path
) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (public / ".lagg_tool_publication").touch()
    (public / "versions.js").write_text(damaged, encoding="utf-8")

    with pytest.raises(UsageError, match=r"versions\.js: this is not a list of versions"):
        publish(public, address("1.0"), inputs)

    assert text(public / "versions.js") == damaged
    assert not (public / "1.0").exists()


def test_a_directory_of_somebody_else_is_refused(inputs: Inputs, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "letter.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(RefusedError, match="not empty"):
        publish(theirs, address("1.0"), inputs)

    assert [path.name for path in theirs.iterdir()] == ["letter.txt"]


def test_a_directory_in_a_versions_place_is_refused(place: Path, inputs: Inputs) -> None:
    (place / "2.0").mkdir()
    (place / "2.0" / "letter.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(RefusedError, match="no site made by lagg-tool"):
        publish(place, address("2.0"), inputs)

    assert (place / "2.0" / "letter.txt").exists()


def test_a_branch_with_the_files_of_git_alone_is_published_into(
    inputs: Inputs, tmp_path: Path
) -> None:
    branch = tmp_path / "branch"
    (branch / ".git").mkdir(parents=True)

    publish(branch, address("1.0"), inputs)

    assert (branch / ".git").is_dir()
    assert (branch / "1.0" / "index.html").is_file()


def test_a_site_without_an_address_promises_none(inputs: Inputs, tmp_path: Path) -> None:
    build(tmp_path / "site", inputs.results, layout=inputs.layout)

    names = {path.name for path in (tmp_path / "site").iterdir()}
    assert not names & {"sitemap.xml", "sitemap.xml.gz", "404.html", "feed.xml"}
    html = text(tmp_path / "site" / "index.html")
    assert "canonical" not in html
    assert "og:" not in html


def test_an_address_without_a_repository_has_no_links_to_edit(
    inputs: Inputs, tmp_path: Path
) -> None:
    build(tmp_path / "site", inputs.results, layout=inputs.layout, address=Address.of(URL))

    for name in ("tutorial", "features/failover"):
        html = text(tmp_path / "site" / f"{name}.html")
        assert f'<link rel="canonical" href="{URL}/{name}.html">' in html
        assert "edit/" not in html


@pytest.mark.parametrize("faults", ["", '{"faults": []}'])
def test_no_faults_and_no_history_stop_nothing(inputs: Inputs, tmp_path: Path, faults: str) -> None:
    assert inputs.layout is not None
    (tmp_path / "faults.json").write_text(faults, encoding="utf-8")
    layout = Layout(
        inputs.layout.config,
        inputs.layout.docs,
        inputs.layout.features,
        tmp_path / "no history",
        tmp_path / "faults.json",
        tmp_path / "no planted bugs.json",
    )

    site = publish(tmp_path / "public", address("1.0"), Inputs(inputs.results, (), layout))

    assert "Faults that the suite catches" in text(site / "faults.html")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["publish", "x"], "--site-url"),
        (["publish", "--site-url=https://a/b"], "name where the versions are kept"),
        (["publish", "x", "--site-url=a/b"], "a whole address"),
        (["publish", "x", "--site-url=https://a/b", "--version=../up"], "--version"),
        (["publish", "x", "--site-url=https://a/b", "--version=feed.xml"], "--version"),
        (["build", "x"], "only publish"),
    ],
)
def test_words_that_make_no_address_are_refused(
    words: list[str],
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["docs", *words]) == UsageError.exit_status

    assert why in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
