"""A third article from outside the checkout: run, compared, and shown beside the others."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lagg_tool.evidence import Results
from tests.support.paths import ROOT, TESTS

FROBNICATION = TESTS / "support" / "frobnication"
NONE = "features/core/none.feature"


def tool(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lagg_tool", *arguments],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a set and a run of it, together with a part of the first one."""
    directory = tmp_path_factory.mktemp("sets")
    shutil.copytree(FROBNICATION, directory / "frobnication")
    done = tool(
        directory,
        *("accept", "--claims", "frobnication", "--claims", "core", "--target", "sim:"),
        *("--site", "site", "--results", "both.json", "features/frobnication", NONE),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (directory / "said").write_text(done.stdout + done.stderr, encoding="utf-8")
    return directory


def page(home: Path, name: str) -> str:
    return (home / "site" / name).read_text(encoding="utf-8")


def test_both_sets_ran_with_verdicts_on_the_claims_of_both(home: Path) -> None:
    found = Results.read(home / "both.json")

    ran = {s.id for f in found.features for s in f.scenarios if s.status == "passed"}
    verdicts = {verdict.claim: verdict.verdict for verdict in found.verdicts}
    assert "features/frobnication/names.feature::The first port answers to its name" in ran
    assert any(name.startswith(f"{NONE}::") for name in ran)
    assert (verdicts["FROB-01"], verdicts["FROB-02"]) == ("confirmed", "contradicted")
    assert verdicts["C-28"] == "confirmed"
    assert "FROB-02 contradicted: A NAS has no second port." in (home / "said").read_text("utf-8")


def test_a_set_alone_runs_on_its_own_targets(home: Path) -> None:
    done = tool(home, "accept", "--claims", "frobnication", "--results", "alone.json")

    found = Results.read(home / "alone.json")
    assert done.returncode == 0, done.stderr
    assert [feature.path for feature in found.features] == ["features/frobnication/names.feature"]
    assert [target.url for target in found.targets] == ["sim:"]
    assert {verdict.claim for verdict in found.verdicts} == {"FROB-01", "FROB-02"}


def test_a_set_is_not_run_on_a_system_that_it_is_not_about(home: Path) -> None:
    words = ("accept", "--claims", "frobnication", "--target", "sim:?os=truenas-13.3")

    done = tool(home, *words, "--results", "no.json")

    assert done.returncode == 2
    assert "is truenas, which no set of frobnication is about" in done.stderr
    assert not (home / "no.json").exists()


def test_a_set_that_is_not_there_is_named_with_those_that_are(home: Path) -> None:
    done = tool(home, "accept", "--claims", "frobnicaton")

    assert done.returncode == 2
    assert "--claims frobnicaton: no such set; there are core" in done.stderr


def test_the_newest_article_comes_first_with_what_is_wrong_in_it(home: Path) -> None:
    front = page(home, "index.html")

    first = front.index('<h2 id="article-frobnication">Frobnicating Interfaces (Frobnix 7)</h2>')
    wrong = front.index("A NAS has no second port.")
    assert first < wrong < front.index("Setting Up Link Aggregations (TrueNAS CORE)</h2>")
    assert 'href="frobnication/audit.html"' in front
    assert 'href="audit.html"' in front


def test_a_promise_of_both_articles_is_one_row_with_a_verdict_by_product_and_version(
    home: Path,
) -> None:
    row = re.search(r'<tr id="frob-02">.*?</tr>', page(home, "promises.html"))

    assert row is not None
    assert 'href="frobnication/verdicts.html#frob-02"' in row[0]
    assert 'href="verdicts.html#c-02"' in row[0]
    assert "contradicted" in row[0]
    heads = re.findall(r'<th scope="col">(.*?)</th>', page(home, "promises.html"))
    assert "simulated NAS (FreeBSD 13.2)" in heads
    assert row[0].count("<td") == len(heads) - 1
    card = page(home, "frobnication/verdicts.html").partition('id="frob-02"')[2]
    assert 'href="../verdicts.html#c-02"' in card
    other = page(home, "verdicts.html").partition('id="c-02"')[2]
    assert 'href="frobnication/verdicts.html#frob-02"' in other


def test_the_pages_of_the_first_article_stay_where_they_were(home: Path) -> None:
    pages = {str(p.relative_to(home / "site")) for p in (home / "site").rglob("*.html")}

    assert {"audit.html", "features/none.html", "matrix.html", "verdicts.html"} <= pages
    assert {"frobnication/audit.html", "frobnication/features/names.html"} <= pages


def test_corrections_and_patch_are_those_of_the_article_that_a_copy_is_of(home: Path) -> None:
    copy = str(home / "frobnication" / "page" / "frobnicating.md")
    claims = ("--claims", "core", "--claims", "frobnication")

    built = tool(
        home,
        *("docs", "build", *claims, "--results", "both.json"),
        *("--article", copy, "--site", "copied"),
    )
    patched = tool(home, "audit", *claims, "--article", copy, "--patch")
    drift = tool(home, "audit", *claims, "--article", copy)

    assert built.returncode == 0, built.stderr
    shown = (home / "copied" / "frobnication" / "corrections.patch").read_text(encoding="utf-8")
    assert shown == patched.stdout
    assert "+A NAS has several ports." in shown
    assert not (home / "copied" / "corrections.patch").exists()
    assert drift.returncode == 0, drift.stdout


def test_a_comparison_may_be_about_one_set_only(home: Path) -> None:
    both = json.loads((home / "both.json").read_text(encoding="utf-8"))
    for verdict in both["verdicts"]:
        if verdict["claim"] == "C-28":
            verdict["verdict"] = "imprecise"
    (home / "other.json").write_text(json.dumps(both), encoding="utf-8")

    whole = tool(home, "diff", "both.json", "other.json")
    part = tool(home, "diff", "--claims", "frobnication", "both.json", "other.json")

    assert whole.returncode == 1
    assert part.returncode == 0, part.stdout
