"""The page on the architecture names modules, classes and folders that exist."""

from __future__ import annotations

import importlib
import re

import pytest

from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")
TREE = PAGE.split("```")[1]
PACKAGES = {path.stem for path in (ROOT / "lagg_tool").iterdir()}
NAMES = sorted(
    name
    for name in set(re.findall(r"`([a-z_]+(?:\.\w+)*)`", PAGE))
    if name.partition(".")[0] in PACKAGES | {"steps"}
)
WALKS = re.findall(r"^## (From .+)\n((?:.|\n)+?)(?=^## )", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_page_names_exists(name: str) -> None:
    full = name if name.startswith("steps") else f"lagg_tool.{name}"
    parts = full.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:end]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[end:]:
            found = getattr(found, attribute)
        return


def test_the_tree_has_every_part_of_the_package() -> None:
    named = {line.split()[0].rstrip("/") for line in TREE.splitlines() if line.startswith("  ")}
    parts = {
        path.stem
        for path in (ROOT / "lagg_tool").iterdir()
        if path.is_dir() or path.suffix == ".py"
        if not path.name.startswith("_")
    }

    assert named | {"clock", "errors", "assets"} == parts


def test_there_are_four_walks_of_at_most_eight_stops() -> None:
    stops = [len(re.findall(r"^\d\. ", text, re.MULTILINE)) for _, text in WALKS]

    assert len(stops) == 4
    assert all(4 <= count <= 8 for count in stops)
