from pathlib import Path

import pytest

from lagg_tool.claims.sets import load_sets
from lagg_tool.errors import UsageError
from lagg_tool.suite.tags import below_root, check_scenarios, check_tags
from tests.support.paths import ROOT

SETS = load_sets(ROOT / "features")


@pytest.mark.parametrize(
    "tags", ["@failover", "@failover and not @confirms.C-05", "not (@lacp or @mtu)", "failover"]
)
def test_an_expression_that_selects_something_is_right(tags: str) -> None:
    check_tags(tags, (), SETS)


@pytest.mark.parametrize("tags", ["and (", "@failover and", "@failover @mtu", "(@mtu", "@mtu)"])
def test_an_expression_that_cannot_be_parsed_is_wrong_usage(tags: str) -> None:
    with pytest.raises(UsageError, match="combine tags with and, or, not") as found:
        check_tags(tags, (), SETS)

    assert str(found.value).startswith(f"--tags {tags!r}: ")


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("@typo", "no scenario matches; no scenario has @typo"),
        ("@FAILOVER", "no scenario matches; no scenario has @FAILOVER; near it: @failover"),
        ("@confirms.C-99", "no scenario has @confirms.C-99; near it: @confirms.C-"),
        ("@failover and @lacp", "no scenario matches all of it"),
        ("@FAILOVER or @xyzzy", "no scenario has @FAILOVER, @xyzzy; near it: @failover"),
    ],
)
def test_an_expression_that_matches_nothing_names_the_tags_that_are_not(
    tags: str, words: str
) -> None:
    with pytest.raises(UsageError) as found:
        check_tags(tags, (), SETS)

    assert words in str(found.value)


def test_a_tag_that_looks_like_no_other_is_named_without_an_offer() -> None:
    with pytest.raises(UsageError) as found:
        check_tags("@xyzzy", (), SETS)

    assert str(found.value) == "--tags '@xyzzy': no scenario matches; no scenario has @xyzzy"


@pytest.mark.parametrize(
    "path", ["mtu.feature\0", "f" * 5000, "nowhere/a.feature::A"], ids=["nul", "long", "absent"]
)
def test_a_path_that_cannot_be_selects_no_scenario_that_has_to_match(path: str) -> None:
    check_tags("@xyzzy", [path], SETS)


@pytest.mark.parametrize("scenarios", [["features/core/"], ["features/core/mtu.feature/", "x"]])
@pytest.mark.parametrize("cwd", [ROOT, ROOT / "docs"], ids=["here", "elsewhere"])
def test_a_directory_may_end_in_a_slash(
    scenarios: list[str], cwd: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(cwd)

    check_tags("@mtu", scenarios, SETS)

    with pytest.raises(UsageError, match="no scenario has @xyzzy"):
        check_tags("@xyzzy", scenarios, SETS)


def test_the_chosen_scenarios_are_those_that_have_to_match() -> None:
    check_tags("@failover", ["features/core/failover.feature"], SETS)
    check_tags("@truenas", ["features/core/truenas"], SETS)

    with pytest.raises(UsageError, match="no scenario matches"):
        check_tags("@failover", ["features/core/mtu.feature"], SETS)


@pytest.mark.parametrize(
    "path", [str(ROOT / "features" / "core" / "mtu.feature"), "core/../core/mtu.feature"]
)
def test_a_feature_is_the_same_by_any_path(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "features")
    check_tags("@mtu", [path], SETS)

    with pytest.raises(UsageError, match="no scenario matches"):
        check_tags("@failover", [path], SETS)


@pytest.mark.parametrize(
    "tags",
    ["not " * 3000 + "@lacp", "(" * 3000 + "@lacp" + ")" * 3000, "@lacp or " * 3000 + "@lacp"],
    ids=["not", "parentheses", "or"],
)
def test_an_expression_that_is_too_long_is_wrong_usage(tags: str) -> None:
    with pytest.raises(UsageError, match=r"--tags: it has \d+ words; at most 100 are read"):
        check_tags(tags, (), SETS)


@pytest.mark.parametrize("tags", ["(" * 48 + "@mtu" + ")" * 48, "@lacp or " * 49 + "not @mtu"])
def test_an_expression_may_be_as_long_as_that(tags: str) -> None:
    check_tags(tags, (), SETS)


@pytest.mark.parametrize(
    ("scenario", "near"),
    [
        ("own.feature", ""),
        ("features/core/mut.feature", "; near it: features/core/mtu.feature"),
        (
            "features/core/lacp.feature::LACP answers forty clients",
            "; near it: features/core/lacp.feature::LACP answers forty clients by all ports,",
        ),
        ("features/core/mtu.feature::", ""),
    ],
)
def test_a_scenario_that_is_not_there_is_named_with_those_near_it(scenario: str, near: str) -> None:
    with pytest.raises(UsageError) as found:
        check_scenarios([scenario], SETS)

    message = str(found.value)
    assert message.startswith(f"{scenario}: no such feature or scenario in {ROOT}{near}")
    assert "one of your own goes below features/" in message


@pytest.mark.parametrize(
    "scenario",
    [
        "features/core",
        "features/core/",
        "features/core/lacp/markers.feature",
        "features/core/mtu.feature::An MTU in the range of the form is accepted",
        "features/core/mtu.feature::An MTU in the range of the form is accepted[9000]",
    ],
)
def test_a_directory_a_feature_an_outline_and_its_row_are_scenarios(scenario: str) -> None:
    check_scenarios([scenario], SETS)


def test_a_feature_is_found_from_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "features" / "core")

    assert below_root("mtu.feature::A") == "features/core/mtu.feature::A"
    assert below_root("features/core/mtu.feature") == "features/core/mtu.feature"
