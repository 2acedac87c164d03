"""Names of releases, and where scenarios hold."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lagg_tool
import steps
from lagg_tool.releases import holds, lineage, newest, precedes, release_of, why_not
from lagg_tool.simulator.release import FREEBSD_13_2, RELEASES


@pytest.mark.parametrize(
    ("facts", "release"),
    [
        ({"osreldate": "1204000"}, "freebsd-12.4"),
        ({"osreldate": "1302001"}, "freebsd-13.2"),
        ({"osreldate": "1400097"}, "freebsd-14.0"),
        ({"osreldate": "1401000"}, "freebsd-14.1"),
        ({"osreldate": "1500068"}, "freebsd-15.0"),
        ({"osreldate": "1500499"}, "freebsd-15.0"),
        ({"osreldate": "1500500"}, "freebsd-15"),
        ({"osreldate": "1501502", "system": "Renux 0.1-CURRENT"}, "freebsd-15"),
        ({"osreldate": "1303001", "truenas": "TrueNAS-13.3-U1.2 (6e1d6ab4d0)"}, "truenas-13.3"),
        ({"system": "FreeBSD 13.2-RELEASE-p4"}, "freebsd-13.2"),
        ({"system": "Linux 6.1.0-56-cloud-amd64"}, "linux-6.1"),
        ({"system": "Linux 6.12.118+deb13-cloud-amd64"}, "linux-6.12"),
        ({"system": "SunOS 5.11"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_host_is_named_from_what_it_says(facts: dict[str, str], release: str) -> None:
    assert release_of(facts) == release


def test_the_simulated_releases_are_called_what_their_own_numbers_say() -> None:
    named = {name: release_of({"osreldate": str(r.osreldate)}) for name, r in RELEASES.items()}

    assert named["freebsd-13.2"] == "freebsd-13.2"
    assert named["freebsd-15"] == "freebsd-15"


@given(st.integers(0, 10**8), st.text(max_size=20), st.text(max_size=20))
def test_whatever_a_host_says_it_gets_a_name(number: int, system: str, truenas: str) -> None:
    facts = {"osreldate": str(number), "system": system, "truenas": truenas}

    assert release_of(facts) in lineage(release_of(facts))


@pytest.mark.parametrize(
    ("tags", "there", "elsewhere"),
    [
        (["on.freebsd-15"], ["freebsd-15", "freebsd-15.0"], ["freebsd-13.2", "unknown"]),
        (["not.freebsd-15"], ["freebsd-13.2", "freebsd-14.1", "unknown"], ["freebsd-15.0"]),
        (["on.freebsd-13"], ["freebsd-13.2", "truenas-13.3"], ["freebsd-12.4", "freebsd-1"]),
        (["on.freebsd-13.2"], ["freebsd-13.2"], ["freebsd-13", "freebsd-13.1", "truenas-13.3"]),
        (["on.truenas"], ["truenas-13.3", "truenas-13.0"], ["freebsd-13.3"]),
        (["on.freebsd-12", "on.freebsd-13"], ["freebsd-12.4", "freebsd-13"], ["freebsd-14.0"]),
        (["on.freebsd-13", "not.truenas"], ["freebsd-13.2"], ["truenas-13.3"]),
        (["failover", "confirms.C-18"], ["freebsd-13.2", "unknown"], []),
    ],
)
def test_tags_say_where_a_scenario_holds(
    tags: list[str], there: list[str], elsewhere: list[str]
) -> None:
    assert [release for release in there + elsewhere if holds(tags, release)] == there


def test_releases_of_one_system_have_an_order_and_a_branch_is_behind_its_releases() -> None:
    ordered = ["freebsd-9.3", "freebsd-13.2", "freebsd-13.10", "freebsd-13", "freebsd-14.0"]

    for place, release in enumerate(ordered):
        assert [each for each in ordered if precedes(each, release)] == ordered[:place]
        assert newest([*ordered[: place + 1]][::-1]) == release
    assert newest(["unknown", "freebsd-9.3"]) == "freebsd-9.3"
    assert not precedes("freebsd-13.2", "truenas-13.3")
    assert not precedes("unknown", "freebsd-13.2")
    assert not precedes("freebsd-13.2", "unknown")


def test_the_reason_names_the_release_and_where_it_would_hold() -> None:
    reason = why_not(["on.freebsd-15"], "freebsd-13.2")

    assert "freebsd-13.2" in reason
    assert "freebsd-15" in reason


def test_a_release_has_behaviours_that_the_other_has_not() -> None:
    assert FREEBSD_13_2.behaviours ^ RELEASES["freebsd-15"].behaviours


# --- nothing else compares versions ---

_NAMES = re.compile(r"(?i)osreldate|freebsd_version|\brelease\b|os_version|kernel_version|uname")
_LITERAL = re.compile(
    r"(?i)(freebsd|truenas)[- ]?\d|\d+\.\d+-(RELEASE|STABLE|CURRENT)|^1[2-6]\.\d$"
)
_ASKING = {"startswith", "endswith", "match", "fullmatch", "search", "split", "partition"}
# Where a release is chosen by its name, or where its name is written out for people.
ALLOWED = {"releases.py"}


def _is_telling(part: ast.AST) -> bool:
    match part:
        case ast.Constant(value=str() as text):
            return bool(_LITERAL.search(text))
        case ast.Constant(value=int() as number):
            return 1_100_000 <= number < 2_000_000
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return bool(_NAMES.fullmatch(name))
    return False


def _asks(node: ast.AST) -> bool:
    match node:
        case ast.Compare(ops=operators):
            # "Behaviour.X in kernel.release.behaviours" asks for a name.
            return not all(isinstance(operator, ast.In | ast.NotIn) for operator in operators)
        case ast.Call(func=ast.Attribute(attr=name)):
            return name in _ASKING
        case ast.MatchValue():
            return True
    return False


def version_comparisons(source: str) -> Iterator[int]:
    """Yield the lines that compare a version or take one apart."""
    nodes = list(ast.walk(ast.parse(source)))
    if not any(map(_is_telling, nodes)):
        return
    for node in nodes:
        if _asks(node) and any(_is_telling(part) for part in ast.walk(node)):
            yield getattr(node, "lineno", 0)


@pytest.mark.parametrize(
    "source",
    [
        "if facts.osreldate >= 1400000: pass",
        "if release == 'freebsd-15': pass",
        "wide = host.release.startswith('freebsd-15')",
        "if version > 1302001: pass",
        "major = release.split('-')[1]",
        "match x:\n    case 'freebsd-13.2': pass",
    ],
)
def test_the_search_finds_comparisons(source: str) -> None:
    assert list(version_comparisons(source))


def test_nothing_compares_versions_outside_the_one_place() -> None:
    packages = [Path(package.__file__ or "").parent for package in (lagg_tool, steps)]
    files = [file for package in packages for file in package.rglob("*.py")]

    found = [
        f"{file.name}:{line}"
        for file in files
        if file.name not in ALLOWED
        for line in version_comparisons(file.read_text(encoding="utf-8"))
    ]

    assert len(files) > 100
    assert found == []
