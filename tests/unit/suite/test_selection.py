"""The claim sets of a run: which are of the target's system, and whose a file is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lagg_tool import releases
from lagg_tool.errors import DocumentError, UsageError
from lagg_tool.suite.selection import Selection, read_documents, select

HEADER = """[set]
name = "{0}"
title = "Words"
about = "Somebody"
order = {1}
products = {2}
"""


def written(features: Path, name: str, order: int, *products: str) -> Path:
    directory = features / name
    directory.mkdir(parents=True)
    text = HEADER.format(name, order, list(products))
    (directory / "article.toml").write_text(text, encoding="utf-8")
    return directory


@pytest.fixture(name="features")
def three_sets(tmp_path: Path) -> Path:
    """Return a directory with three sets; the name of one begins as another's does."""
    features = tmp_path / "features"
    written(features, "port", 1, "freebsd")
    written(features, "ports", 2, "linux")
    written(features, "all", 3)
    return features


def names(selection: Selection, product: str = "") -> list[str]:
    return [one.name for one in selection.concerned(product)]


@pytest.mark.parametrize(
    ("target", "product", "found"),
    [
        ("sim:", "", ["port", "all"]),
        ("qemu:linux", "", ["ports", "all"]),
        ("ssh://root@nas", "", ["port", "ports", "all"]),
        ("", "", ["port", "ports", "all"]),
        ("ssh://root@nas", "linux", ["ports", "all"]),
        ("sim:", "linux", ["ports", "all"]),
        ("sim:", releases.UNKNOWN, ["port", "ports", "all"]),
    ],
)
def test_the_sets_of_a_run_are_those_about_the_system_of_its_target(
    features: Path, target: str, product: str, found: list[str]
) -> None:
    assert names(select(features, (), target), product) == found


@pytest.mark.parametrize("target", ["sim:?os=nothing", "telnet://nas", "sim:?colour=red"])
def test_a_target_that_cannot_be_opened_is_reported_when_it_is(features: Path, target: str) -> None:
    assert select(features, (), target).product == ""


def test_only_the_chosen_sets_are_run_and_all_are_known(features: Path) -> None:
    selection = select(features, ["all", "ports"], "sim:")

    assert [one.name for one in selection.every] == ["port", "ports", "all"]
    assert [one.name for one in selection.chosen] == ["ports", "all"]
    assert names(selection) == ["all"]
    with pytest.raises(UsageError, match="--claims x: no such set"):
        select(features, ["x"])


def test_a_chosen_directory_elsewhere_is_a_set_besides_the_others(
    features: Path, tmp_path: Path
) -> None:
    directory = written(tmp_path / "elsewhere", "own", 9)

    selection = select(features, [str(directory)])

    assert [one.name for one in selection.every] == ["port", "ports", "all", "own"]
    assert names(selection) == ["own"]
    assert selection.file_of("features/own/a.feature::A", tmp_path) == f"{directory}/a.feature::A"


def test_a_file_belongs_to_the_set_of_its_directory(features: Path, tmp_path: Path) -> None:
    selection = select(features, ["port"])

    for path, name in (("ports/a.feature", "ports"), ("port/deep/a.feature", "port")):
        by_file, by_path = selection.set_of(features / path), selection.owner(f"features/{path}")
        assert by_file is not None
        assert by_file.name == name
        assert by_path is by_file
    assert selection.set_of(tmp_path / "a.feature") is None
    assert selection.owner("features/a.feature") is None


@pytest.mark.parametrize(
    ("scenario", "place"),
    [
        ("features/ports/a.feature::A port::joins", "features/ports/a.feature::A port::joins"),
        ("features/port/deep/a.feature", "features/port/deep/a.feature"),
        ("features/port", "features/port"),
        ("features/other/a.feature::A", "features/other/a.feature::A"),
        ("features", "features"),
    ],
)
def test_a_scenario_is_found_by_the_name_that_results_have(
    features: Path, tmp_path: Path, scenario: str, place: str
) -> None:
    assert select(features, ()).file_of(scenario, tmp_path) == f"{tmp_path}/{place}"


def test_the_documents_of_some_sets_have_the_names_that_results_use(features: Path) -> None:
    for name in ("port", "ports"):
        path = features / name / "a.feature"
        path.write_text(f"Feature: {name}\n  Scenario: S\n    Given a NAS\n", encoding="utf-8")

    documents = read_documents(select(features, ["ports"]).concerned())

    assert [(one.path, one.name) for one in documents] == [("features/ports/a.feature", "ports")]
    (features / "ports" / "a.feature").write_text("Scenario\n", encoding="utf-8")
    with pytest.raises(DocumentError, match=r"features/ports/a\.feature"):
        read_documents(select(features, ["ports"]).concerned())
