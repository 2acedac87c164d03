"""The whole site is built in strict mode, with and without results, from files alone."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from lagg_tool.errors import DocumentError, UsageError
from lagg_tool.evidence import Results, Status
from lagg_tool.site import Layout, build
from lagg_tool.site.assembly import Sources, make_site
from lagg_tool.site.render import counted
from tests.support.capture_blocks import packets_of
from tests.support.paths import ROOT
from tests.support.synthetic import (
    OBSERVED,
    TARGET,
    article_of_core,
    synthetic_docs,
    synthetic_features,
    synthetic_results,
    with_status,
)


def layout_in(directory: Path) -> Layout:
    features = directory / "features"
    synthetic_features(features)
    article_of_core(features)
    docs = synthetic_docs(ROOT / "docs", directory / "docs")
    return Layout(ROOT / "mkdocs.yml", docs, features, directory / "history")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return layout_in(tmp_path)


def write(results: Results, path: Path) -> Path:
    results.write(path)
    return path


def pages(layout: Layout, *results: Path) -> dict[str, str]:
    """Return the generated pages by their paths, as MkDocs gets them."""
    site = make_site(Sources(layout.features, results, layout.history))
    return {page.path: page.html for page in site.pages}


def alike(texts: Iterable[str]) -> list[str]:
    """Return the texts that are there more than once."""
    return [text for text, count in Counter(texts).items() if count > 1]


@pytest.fixture(scope="module")
def simulated_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of one simulated run, which tests only read."""
    directory = tmp_path_factory.mktemp("simulated")
    results = write(synthetic_results(), directory / "r.json")
    build(directory / "site", [results], layout=layout_in(directory))
    return directory / "site"


def test_without_results_the_site_says_so(layout: Layout, tmp_path: Path) -> None:
    found = pages(layout, tmp_path / "absent.json")

    assert "No run recorded." in found["index"]
    assert "never run" in found["features/failover"]
    assert "passed" not in found["features/failover"]


def test_the_command_that_repeats_a_scenario_keeps_the_results(simulated_site: Path) -> None:
    page = (simulated_site / "features" / "failover.html").read_text(encoding="utf-8")
    commands = re.findall(r"lagg-tool accept [^<]*", page)
    assert commands
    assert all("--results build/one-scenario.json" in command for command in commands)


def test_a_simulated_result_is_never_shown_as_observed(simulated_site: Path) -> None:
    verdicts = (simulated_site / "verdicts.html").read_text(encoding="utf-8")
    assert "contradicted on the simulated NAS only" in verdicts
    files = simulated_site.rglob("*.html")
    text = "".join(file.read_text(encoding="utf-8").split("<footer")[0] for file in files)
    badges = re.findall(r'<span class="(badge st-passed[^"]*)"', text)
    assert badges
    assert all("simulated" in badge and "observed" not in badge for badge in badges)
    assert "contradicted, observed" not in text


def test_observed_results_count_before_simulated_ones(layout: Layout, tmp_path: Path) -> None:
    files = [
        write(synthetic_results(), tmp_path / "a.json"),
        write(synthetic_results(target=OBSERVED), tmp_path / "b.json"),
    ]

    assert "contradicted, observed" in pages(layout, *files)["verdicts"]


def test_pages_of_evidence_are_told_apart_by_their_titles(layout: Layout, tmp_path: Path) -> None:
    newer = dataclasses.replace(
        OBSERVED, id="newer", url="ssh://root@newer", release="freebsd-15.1"
    )
    files = tuple(
        write(synthetic_results(target=target), tmp_path / f"{place}.json")
        for place, target in enumerate((OBSERVED, newer, TARGET))
    )

    site = make_site(Sources(layout.features, files, layout.history))

    found = [page.title for page in site.pages if page.path.startswith("evidence/")]
    assert len(found) > 1
    assert alike(found) == []


def test_a_changed_feature_file_makes_its_results_stale(layout: Layout, tmp_path: Path) -> None:
    results = write(synthetic_results(), tmp_path / "r.json")
    path = layout.features / "failover.feature"
    path.write_text(path.read_text(encoding="utf-8").replace("3 pings", "4 pings"), "utf-8")

    found = pages(layout, results)

    assert "passed, stale" in found["features/failover"]
    assert "4 pings are sent" in found["features/failover"]
    assert "stale" not in found["features/loadbalance"]


def test_what_changed_since_the_previous_run_is_told(layout: Layout, tmp_path: Path) -> None:
    name = "Traffic goes through the primary"
    before = with_status(synthetic_results(started="2026-11-19T08:00:00Z"), name, Status.FAILED)
    assert layout.history is not None
    write(before, layout.history / "2026-11-19.json")
    after = write(synthetic_results(), tmp_path / "r.json")

    found = pages(layout, after)

    assert "failed → <strong>passed</strong>" in found["changes"]
    assert "was failed" in found["matrix"]


def test_a_file_that_is_no_results_file_is_named(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(DocumentError, match=r"r\.json"):
        build(tmp_path / "site", [path], layout=layout)


def test_the_projects_own_features_and_documents_build(tmp_path: Path) -> None:
    layout = dataclasses.replace(Layout.of(ROOT), history=None, faults=None)

    build(tmp_path / "site", layout=layout)

    made = list((tmp_path / "site").rglob("*.html"))
    assert len(made) > 80
    assert max(page.stat().st_size for page in made) < 200_000
    heads = [page.read_text(encoding="utf-8").partition("</head>")[0] for page in made]
    for said in (r"<title>(.+)</title>", r'<meta name="description" content="(.+)">'):
        assert alike(found[1] if (found := re.search(said, head)) else "" for head in heads) == []
    index = list((tmp_path / "site").glob("search-index*.js"))
    assert len(index) > 1
    assert max(part.stat().st_size for part in index) < 200_000


def test_pages_ask_no_other_host_for_anything(simulated_site: Path) -> None:
    for path in simulated_site.rglob("*"):
        if path.suffix in {".html", ".css", ".js"}:
            text = path.read_text(encoding="utf-8")
            assert 'src="http' not in text
            assert "@import" not in text
            assert "url(http" not in text


def test_a_tutorial_shows_the_output_of_a_run(simulated_site: Path) -> None:
    tutorial = (simulated_site / "tutorial.html").read_text(encoding="utf-8")
    assert "$ ifconfig lagg0" in tutorial
    assert "Simulated: run on simulated NAS (FreeBSD 13.2)" in tutorial


@pytest.mark.parametrize(
    "asked",
    ['Traffic goes through the primary", "reboot"', 'No such scenario"'],
    ids=["command", ""],
)
def test_a_tutorial_that_asks_for_what_never_ran_is_an_error(
    asked: str, layout: Layout, tmp_path: Path
) -> None:
    text = f'# T\n\n{{{{ evidence("features/failover.feature::{asked}) }}}}\n'
    (layout.docs / "tutorial.md").write_text(text, "utf-8")
    results = write(synthetic_results(), tmp_path / "r.json")

    with pytest.raises(UsageError, match="the site was not built"):
        build(tmp_path / "site", [results], layout=layout)


def test_pages_stay_small_and_captures_can_be_read(layout: Layout, tmp_path: Path) -> None:
    features = synthetic_features(layout.features, 200)
    results = write(synthetic_results(features), tmp_path / "r.json")

    build(tmp_path / "site", [results], layout=layout)

    made = list((tmp_path / "site").rglob("*.html"))
    captures = list((tmp_path / "site" / "captures").rglob("*.pcapng"))
    assert max(page.stat().st_size for page in made) < 200_000
    assert len(captures) > 200
    for path in captures[:5]:
        assert packets_of(path.read_bytes())


def test_two_releases_have_a_page_that_the_matrix_links_to(layout: Layout, tmp_path: Path) -> None:
    name = "Traffic goes through the primary"
    old = synthetic_results(target=dataclasses.replace(OBSERVED, id="old", release="freebsd-13.2"))
    new = synthetic_results(target=dataclasses.replace(OBSERVED, id="new", release="freebsd-15"))
    files = [
        write(old, tmp_path / "a.json"),
        write(with_status(new, name, Status.FAILED), tmp_path / "b.json"),
    ]

    found = pages(layout, *files)

    assert "<td>passed</td><td>failed</td>" in found["releases/old-to-new"]
    assert name in found["releases/old-to-new"]
    assert "releases/old-to-new.html" in found["matrix"]


def test_a_run_of_a_part_is_not_taken_for_one_before_the_scenario(
    layout: Layout, tmp_path: Path
) -> None:
    whole = synthetic_results(started="2026-11-18T08:00:00Z")
    part = dataclasses.replace(
        synthetic_results(),
        features=tuple(f for f in synthetic_results().features if "failover" not in f.path),
    )

    found = pages(layout, write(whole, tmp_path / "a.json"), write(part, tmp_path / "b.json"))

    page = found["features/failover"]
    assert "not run since 2026-11-20, passed before; 2 runs" in page
    assert "never run" not in page.replace("never run in 2 runs", "")


def test_an_outline_that_never_ran_counts_its_rows_as_accept_does(
    layout: Layout, tmp_path: Path
) -> None:
    whole = synthetic_results()
    part = dataclasses.replace(
        whole, features=tuple(f for f in whole.features if "loadbalance" not in f.path)
    )

    page = pages(layout, write(part, tmp_path / "part.json"))["features/loadbalance"]

    assert "5 never run" in page


def test_one_of_a_thing_is_not_several() -> None:
    assert [counted(number, "frame") for number in (0, 1, 2)] == ["0 frames", "1 frame", "2 frames"]
