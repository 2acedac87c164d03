"""A site is built only where nothing but an earlier site can be lost."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from functools import partial
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.errors import RefusedError
from lagg_tool.site.directory import MARKER, check_site_directory, fresh_site
from lagg_tool.suite import running
from tests.support.killed import killed_before


def contents(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text("utf-8") if path.is_file() else "/"
        for path in root.rglob("*")
    }


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a user's project, which is the working directory."""
    root = tmp_path / "home" / "project"
    (root / "notes").mkdir(parents=True)
    (root / "thesis.txt").write_text("a", "utf-8")
    (root / "notes" / "thesis.txt").write_text("b", "utf-8")
    (root / "results.json").write_text("{}", "utf-8")
    (root / "empty").mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return root


@pytest.fixture
def no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_suite(*_: object) -> int:
        raise AssertionError("the run has begun")

    monkeypatch.setattr(running, "run_suite", run_suite)


DIRECTORIES = [".", "..", "../..", "~", "/", "notes", "thesis.txt", "notes/../.", "link"]


@pytest.mark.usefixtures("no_run")
@pytest.mark.parametrize("words", [["accept", "--target", "sim:"], ["docs", "build"]])
@pytest.mark.parametrize("directory", DIRECTORIES)
def test_a_directory_with_something_to_lose_is_refused_before_anything(
    words: list[str], directory: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "link").symlink_to(project / "notes")
    before = contents(project.parent)
    site = os.path.expanduser(directory)  # noqa: PTH111 - as a shell does

    status = main([*words, "--results", "results.json", "--site", site])

    assert status == 2
    assert "--site" in capsys.readouterr().err
    assert contents(project.parent) == before


@pytest.mark.parametrize("inside", ["results.json", "new/results.json"])
def test_a_site_that_would_hold_an_input_is_refused_though_it_is_ours(
    inside: str, project: Path
) -> None:
    site = project / "site"
    with fresh_site(site):
        pass
    file = site / inside

    with pytest.raises(RefusedError, match=r"results\.json"):
        check_site_directory(site, [file])


@pytest.mark.parametrize(
    ("site", "inputs", "words"),
    [
        ("suite", ["suite/features"], "suite/features"),
        ("notes/site", ["notes"], "is within .*notes"),
        ("hidden", [], "not empty"),  # it only looks so
        ("thesis.txt/site", [], r"thesis\.txt is no directory"),
        ("notes", [], "name another directory, or empty this one yourself"),
    ],
)
def test_a_directory_is_refused_with_the_reason_and_the_way_out(
    site: str, inputs: list[str], words: str, project: Path
) -> None:
    (project / "suite" / "features").mkdir(parents=True)
    (project / "hidden" / ".git").mkdir(parents=True)

    with pytest.raises(RefusedError, match=words):
        check_site_directory(project / site, [project / one for one in inputs])


def test_the_home_directory_is_refused_though_it_is_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "empty-home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))

    with pytest.raises(RefusedError, match="home directory"):
        check_site_directory(home, [])


@pytest.mark.parametrize("name", ["new", "new/below", "empty"])
def test_a_new_or_empty_directory_is_taken_and_marked(name: str, project: Path) -> None:
    site = project / name

    check_site_directory(site, [project / "results.json"])
    assert not site.exists() or not any(site.iterdir())  # the check touches nothing
    with fresh_site(site) as fresh:
        (fresh / "index.html").write_text("a page", "utf-8")

    assert (site / MARKER).read_text("utf-8")
    check_site_directory(site, [project / "results.json"])  # and the next build may empty it


def made(site: Path, pages: dict[str, str]) -> None:
    with fresh_site(site) as fresh:
        for name, text in pages.items():
            (fresh / name).parent.mkdir(exist_ok=True)
            (fresh / name).write_text(text, "utf-8")


def pages(site: Path) -> dict[str, str]:
    found = {str(path.relative_to(site)): path for path in site.rglob("*") if path.is_file()}
    return {name: path.read_text("utf-8") for name, path in found.items() if name[0] != "."}


def test_a_link_to_a_directory_that_is_not_there_yet_is_followed(project: Path) -> None:
    (project / "site").symlink_to("later/site")

    made(project / "site", {"a.html": "new"})

    assert (project / "site").is_symlink()
    assert (project / "later" / "site" / "a.html").read_text("utf-8") == "new"


def test_a_site_that_was_built_takes_the_place_of_the_old_one(project: Path) -> None:
    site = project / "site"
    made(site, {"a.html": "old", "css/b.css": "old"})
    (site / ".git").write_text("of a branch that is published", "utf-8")

    made(site, {"a.html": "new", "img/c.svg": "new"})

    found = {name: text for name, text in contents(site).items() if text == "new"}
    assert set(found) == {"a.html", "img/c.svg"}
    assert sorted(e.name for e in site.iterdir()) == [".git", MARKER, "a.html", "img"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_site_that_could_not_be_built_leaves_the_old_one_as_it_was(
    error: type[BaseException], project: Path
) -> None:
    site = project / "site"
    made(site, {"a.html": "old"})
    before = contents(site)

    def build() -> None:
        with fresh_site(site) as fresh:
            (fresh / "a.html").write_text("half of a pa", "utf-8")
            raise error

    with pytest.raises(error):
        build()

    assert contents(site) == before


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize(
    "stuck", ["site/b.html", ".lagg_tool_whole/b.html", ".lagg_tool_whole/d.html"]
)
def test_an_exchange_that_ends_halfway_leaves_the_old_site_as_it_was(
    stuck: str, error: type[BaseException], project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = project / "site"
    made(site, {"a.html": "old", "b.html": "old", "c.html": "old"})
    before = contents(site)
    stays = [stuck]  # as a mount point does, until it is tried again
    rename = Path.rename

    def unless_stuck(path: Path, target: Path) -> Path:
        if stays and str(path).endswith(stays[0]):
            stays.clear()
            raise error
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", unless_stuck)

    with pytest.raises(error):
        made(site, dict.fromkeys(("a.html", "b.html", "c.html", "d.html"), "new"))

    assert not stays
    assert contents(site) == before


def test_a_build_killed_at_any_moment_leaves_no_mixture_to_the_next_one(project: Path) -> None:
    site = project / "site"
    old = {"a.html": "old", "b.html": "old", "css/c.css": "old"}
    new = {"a.html": "new", "css/c.css": "new", "d.html": "new"}
    founds = []

    for moment in itertools.count():
        made(site, old)
        if not killed_before(moment, partial(made, site, new)):
            break
        with contextlib.suppress(OSError), fresh_site(site):
            raise OSError  # the next one fails
        founds.append(pages(site))
        made(site, new)
        assert pages(site) == new

    assert founds[0] == old
    assert all(found in (old, new) for found in founds)
    assert pages(site) == new


def test_a_first_build_killed_at_any_moment_does_not_stop_the_next_one(project: Path) -> None:
    for moment in itertools.count():
        site = project / f"site{moment}"
        if not killed_before(moment, partial(made, site, {"a.html": "first"})):
            break
        check_site_directory(site, [])
        made(site, {"b.html": "second"})

        assert sorted(e.name for e in site.iterdir()) == [MARKER, "b.html"]
    assert moment > 3


def test_a_set_back_killed_at_any_moment_is_completed_by_the_next_one(project: Path) -> None:
    old = {"a.html": "old", "b.html": "old"}

    for moment in itertools.count():
        site = project / f"site{moment}"
        made(site, {"a.html": "new"})
        for name, found in ((".lagg_tool_whole", {"d.html": "new"}), (".lagg_tool_old", old)):
            (site / name).mkdir()
            for page, text in found.items():
                (site / name / page).write_text(text, "utf-8")
        ended = not killed_before(moment, partial(made, site, {"c.html": "newer"}))
        with contextlib.suppress(OSError), fresh_site(site):
            raise OSError
        if ended:
            break

        assert pages(site) in (old, {"c.html": "newer"})
    assert moment > 3


def test_two_builds_of_one_site_wait_for_each_other(project: Path) -> None:
    site = project / "site"
    tried = threading.Event()
    order: list[str] = []

    def second() -> None:
        tried.set()
        made(site, {"b.html": "second"})
        order.append("second")

    other = threading.Thread(target=second)
    with fresh_site(site) as fresh:
        other.start()
        assert tried.wait(60)
        (fresh / "a.html").write_text("first", "utf-8")
        order.append("first")
    other.join(60)

    assert order == ["first", "second"]
    assert sorted(e.name for e in site.iterdir()) == [MARKER, "b.html"]
