"""Results from before a rename are compared under the names of today."""

import dataclasses
from pathlib import Path

import pytest

from lagg_tool.errors import DocumentError
from lagg_tool.evidence import Results
from lagg_tool.evidence.comparison import difference
from lagg_tool.evidence.renames import Renames, load_renames, under_present_names
from tests.support.synthetic import synthetic_results

FAILOVER = "features/failover.feature"
RENAMES = Renames(
    {
        "features/mtu.feature": {
            "The MTU <mtu> is accepted": "An MTU of the form is accepted",
            "The MTU <mtu> is accepted, too": "An MTU beyond the form is accepted",
            "A row [a, b]": "Another row[c, d]",
            "It (all) stops.": "Everything stops",
        }
    }
)


@pytest.mark.parametrize(
    ("earlier", "present"),
    [
        ("The MTU 9000 is accepted[9000]", "An MTU of the form is accepted[9000]"),
        ("The MTU 9000 is accepted, too[9000, x]", "An MTU beyond the form is accepted[9000, x]"),
        ("The MTU is accepted", "The MTU is accepted"),
        ("A row [a, b]", "Another row[c, d]"),
        ("It (all) stops.", "Everything stops"),
        ("It (all) stops!", "It (all) stops!"),
    ],
)
def test_an_earlier_name_is_read_as_the_present_one(earlier: str, present: str) -> None:
    assert RENAMES.present(f"features/mtu.feature::{earlier}") == f"features/mtu.feature::{present}"
    assert RENAMES.present(f"features/naming.feature::{earlier}").endswith(earlier)


def test_a_file_that_moved_is_read_at_its_present_path() -> None:
    moved = {"features/mtu": "features/core/mtu", "features/mtu.feature": "features/core/m.feature"}
    renames = Renames({"features/core/m.feature": {"A": "B"}}, moved)

    assert renames.present("features/mtu.feature::A[1]") == "features/core/m.feature::B[1]"
    assert renames.present("features/mtu/x.feature::A") == "features/core/mtu/x.feature::A"
    assert renames.present("features/mtu") == "features/core/mtu"
    for unmoved in ("features/core/m.feature", "features/mtu2.feature::A", "features"):
        assert renames.present(unmoved) == unmoved


def test_results_from_before_a_move_have_the_present_path() -> None:
    moved = under_present_names(synthetic_results(), Renames({}, {FAILOVER: "features/x.feature"}))

    [feature] = (one for one in moved.features if one.path == "features/x.feature")
    assert all(one.id.startswith("features/x.feature::") for one in feature.scenarios)


def test_results_from_before_a_rename_pair_with_later_ones() -> None:
    before = synthetic_results()
    primary = "Traffic goes through the primary"
    now = "All traffic leaves by the primary"
    renames = Renames({FAILOVER: {primary: now}})

    after = under_present_names(before, renames)

    names = {s.name for f in after.features if f.path == FAILOVER for s in f.scenarios}
    quoted = {name for verdict in after.verdicts for name in verdict.scenarios}
    assert now in names
    assert primary not in names
    assert f"{FAILOVER}::{now}" in quoted
    assert f"{FAILOVER}::{primary}" not in quoted
    changed_steps = reworded(after, f"{FAILOVER}::{now}")
    assert not difference(under_present_names(before, renames), changed_steps)
    assert difference(before, changed_steps).removed == (f"{FAILOVER}::{primary}",)


def reworded(results: Results, identifier: str) -> Results:
    """Return results with other words in the steps of a scenario."""
    features = tuple(
        dataclasses.replace(
            feature,
            scenarios=tuple(
                dataclasses.replace(
                    s, steps=tuple(dataclasses.replace(t, text=f"now {t.text}") for t in s.steps)
                )
                if s.id == identifier
                else s
                for s in feature.scenarios
            ),
        )
        for feature in results.features
    )
    return dataclasses.replace(results, features=features)


def test_without_a_file_nothing_was_renamed(tmp_path: Path) -> None:
    assert load_renames(tmp_path / "renames.toml") == Renames({})


@pytest.mark.parametrize("text", ["x", "x = 1", "[x]\ny = 1\n", "\udcff"])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "renames.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(DocumentError, match=r"renames\.toml"):
        load_renames(path)
