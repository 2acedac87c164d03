"""The whole site is built in strict mode, with and without results, from files alone."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from lagg_tool.errors import DocumentError, UsageError
from lagg_tool.evidence import Results, Status
from lagg_tool.site import Layout, build
from tests.support.capture_blocks import packets_of
from tests.support.paths import ROOT
from tests.support.synthetic import (
    OBSERVED,
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


@pytest.fixture(scope="module")
def simulated_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of one simulated run, which tests only read."""
    directory = tmp_path_factory.mktemp("simulated")
    results = write(synthetic_results(), directory / "r.json")
    build(directory / "site", [results], layout=layout_in(directory))
    return directory / "site"


def test_without_results_the_site_says_so(layout: Layout, tmp_path: Path) -> None:
    build(tmp_path / "site", [tmp_path / "absent.json"], layout=layout)

    front = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    feature = (tmp_path / "site" / "features" / "failover.html").read_text(encoding="utf-8")
    assert "No run recorded." in front
    assert "never run" in feature
    assert "passed" not in feature


def test_the_command_that_repeats_a_scenario_keeps_the_results(simulated_site: Path) -> None:
    page = (simulated_site / "features" / "failover.html").read_text(encoding="utf-8")
    commands = re.findall(r"lagg-tool accept [^<]*", page)
    assert commands
    assert all("--results build/one-scenario.json" in command for command in commands)


def test_a_simulated_result_is_never_shown_as_observed(simulated_site: Path) -> None:
    verdicts = (simulated_site / "verdicts.html").read_text(encoding="utf-8")
    assert "contradicted on the simulated NAS only" in verdicts
    pages = list(simulated_site.rglob("*.html"))
    text = "".join(page.read_text(encoding="utf-8").split("<footer")[0] for page in pages)
    badges = re.findall(r'<span class="(badge st-passed[^"]*)"', text)
    assert badges
    assert all("simulated" in badge and "observed" not in badge for badge in badges)
    assert "contradicted, observed" not in text


def test_observed_results_count_before_simulated_ones(layout: Layout, tmp_path: Path) -> None:
    files = [
        write(synthetic_results(), tmp_path / "a.json"),
        write(synthetic_results(target=OBSERVED), tmp_path / "b.json"),
    ]

    build(tmp_path / "site", files, layout=layout)

    verdicts = (tmp_path / "site" / "verdicts.html").read_text(encoding="utf-8")
    assert "contradicted, observed" in verdicts


def test_a_changed_feature_file_makes_its_results_stale(layout: Layout, tmp_path: Path) -> None:
    results = write(synthetic_results(), tmp_path / "r.json")
    path = layout.features / "failover.feature"
    path.write_text(path.read_text(encoding="utf-8").replace("3 pings", "4 pings"), "utf-8")

    build(tmp_path / "site", [results], layout=layout)

    changed = (tmp_path / "site" / "features" / "failover.html").read_text(encoding="utf-8")
    other = (tmp_path / "site" / "features" / "loadbalance.html").read_text(encoding="utf-8")
    assert "passed, stale" in changed
    assert "4 pings are sent" in changed
    assert "stale" not in other


def test_what_changed_since_the_previous_run_is_told(layout: Layout, tmp_path: Path) -> None:
    name = "Traffic goes through the primary"
    before = with_status(synthetic_results(started="2026-11-19T08:00:00Z"), name, Status.FAILED)
    assert layout.history is not None
    write(before, layout.history / "2026-11-19.json")
    after = write(synthetic_results(), tmp_path / "r.json")

    build(tmp_path / "site", [after], layout=layout)

    changes = (tmp_path / "site" / "changes.html").read_text(encoding="utf-8")
    matrix = (tmp_path / "site" / "matrix.html").read_text(encoding="utf-8")
    assert "failed → <strong>passed</strong>" in changes
    assert "was failed" in matrix


def test_a_file_that_is_no_results_file_is_named(layout: Layout, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text("{}", encoding="utf-8")

    with pytest.raises(DocumentError, match=r"r\.json"):
        build(tmp_path / "site", [path], layout=layout)


def test_the_projects_own_features_and_documents_build(tmp_path: Path) -> None:
    layout = dataclasses.replace(Layout.of(ROOT), history=None, faults=None)

    build(tmp_path / "site", layout=layout)

    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 80
    assert max(page.stat().st_size for page in pages) < 200_000
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


def test_a_command_that_never_ran_is_an_error_in_a_tutorial(layout: Layout, tmp_path: Path) -> None:
    (layout.docs / "tutorial.md").write_text(
        '# T\n\n{{ evidence("features/failover.feature::Traffic goes through the primary", '
        '"reboot") }}\n',
        "utf-8",
    )
    results = write(synthetic_results(), tmp_path / "r.json")

    with pytest.raises(UsageError, match="the site was not built"):
        build(tmp_path / "site", [results], layout=layout)


def test_a_tutorial_that_asks_for_an_unknown_scenario_is_an_error(
    layout: Layout, tmp_path: Path
) -> None:
    page = layout.docs / "tutorial.md"
    page.write_text('# T\n\n{{ evidence("features/failover.feature::No such") }}\n', "utf-8")

    with pytest.raises(UsageError, match="the site was not built"):
        build(tmp_path / "site", layout=layout)


def test_pages_stay_small_and_captures_can_be_read(layout: Layout, tmp_path: Path) -> None:
    features = synthetic_features(layout.features, 200)
    results = write(synthetic_results(features), tmp_path / "r.json")

    build(tmp_path / "site", [results], layout=layout)

    pages = list((tmp_path / "site").rglob("*.html"))
    captures = list((tmp_path / "site" / "captures").rglob("*.pcapng"))
    assert max(page.stat().st_size for page in pages) < 200_000
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

    build(tmp_path / "site", files, layout=layout)

    page = (tmp_path / "site" / "releases" / "old-to-new.html").read_text(encoding="utf-8")
    matrix = (tmp_path / "site" / "matrix.html").read_text(encoding="utf-8")
    assert "<td>passed</td><td>failed</td>" in page
    assert name in page
    assert "releases/old-to-new.html" in matrix


def test_a_run_of_a_part_is_not_taken_for_one_before_the_scenario(
    layout: Layout, tmp_path: Path
) -> None:
    whole = synthetic_results(started="2026-11-18T08:00:00Z")
    part = dataclasses.replace(
        synthetic_results(),
        features=tuple(f for f in synthetic_results().features if "failover" not in f.path),
    )

    build(
        tmp_path / "site",
        [write(whole, tmp_path / "a.json"), write(part, tmp_path / "b.json")],
        layout=layout,
    )

    page = (tmp_path / "site" / "features" / "failover.html").read_text(encoding="utf-8")
    assert "not run since 2026-11-20, passed before; 2 runs" in page
    assert "never run" not in page.replace("never run in 2 runs", "")
