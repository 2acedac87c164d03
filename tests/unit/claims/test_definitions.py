import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.claims import (
    load_claims,
    load_defects,
    load_requirements,
    parse_defects,
    parse_requirements,
)
from lagg_tool.claims.requirements import Deviation, Requirement
from lagg_tool.errors import DocumentError
from tests.support.paths import ROOT

LACP = """[[requirement]]
id = "L-01"
title = "Layout"
clause = "802.1AX-2014 6.4.2.3"
must = "It has 124 bytes."

[[deviation]]
id = "V-01"
clause = "802.1AX-2014 6.4.9"
function = "lacp_sm_rx"
standard = "It waits."
does = "It does not."
"""
DEVIATION = LACP[LACP.index("[[deviation]]") :]
DEFECTS = """[[defect]]
id = "B-01"
title = "Stale"
source = "lagg_ioctl"
should = "It is new."
does = "It is old."
effect = "No route."
workaround = "None."
present = ["freebsd-13.2", "freebsd-15"]
fixed = ["truenas"]
"""
PARSERS: dict[str, tuple[Callable[[str, str], object], str]] = {
    "lacp.toml": (parse_requirements, LACP),
    "defects.toml": (parse_defects, DEFECTS),
}


def test_requirements_and_deviations_are_read_in_their_order() -> None:
    found = parse_requirements("lacp.toml", LACP + LACP.replace("-01", "-02"))

    assert list(found.requirements) == ["L-01", "L-02"]
    assert list(found.deviations) == ["V-01", "V-02"]
    first, second = found.requirements.values()
    assert (first.clause, first.function) == ("802.1AX-2014 6.4.2.3", "")
    assert (first.line, second.line) == (1, 13)
    assert first == Requirement(
        "L-01", "Layout", "802.1AX-2014 6.4.2.3", "", "It has 124 bytes.", 1
    )
    assert found.deviations["V-01"] == Deviation(
        "V-01", "802.1AX-2014 6.4.9", "lacp_sm_rx", "It waits.", "It does not.", 7
    )


def test_a_file_of_requirements_says_what_the_site_calls_it(tmp_path: Path) -> None:
    about = '[about]\ntitle = "LACP"\nstandard = "802.1AX"\ndeviations = "What differs"\n'
    path = tmp_path / "lacp.toml"
    path.write_text(about + LACP, encoding="utf-8")

    found = load_requirements(path)
    plain = parse_requirements("lacp.toml", LACP)

    assert (found.title, found.standard) == ("LACP", "802.1AX")
    assert found.deviations_title == "What differs"
    assert [one.title for one in found.requirements.values()] == ["Layout"]
    assert (plain.title, plain.standard, plain.deviations_title) == ("", "", "")


@pytest.mark.parametrize("text", ["[", "about = 1\n", LACP + LACP])
def test_a_mistake_in_a_file_is_reported_with_its_path(text: str, tmp_path: Path) -> None:
    path = tmp_path / "lacp.toml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError) as caught:
        load_requirements(path)

    assert caught.value.path == str(path)


def test_a_defect_is_read_with_the_releases_that_have_it() -> None:
    defect = parse_defects("defects.toml", DEFECTS)["B-01"]

    assert (defect.should, defect.does) == ("It is new.", "It is old.")
    assert (defect.present, defect.fixed) == (("freebsd-13.2", "freebsd-15"), ("truenas",))


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "message"),
    [
        ("lacp.toml", '"L-01"', '"L-1"', 2, "capital letters, -, two digits"),
        ("lacp.toml", '"V-01"', '"L-01"', 7, "L-01 is there twice"),
        ("lacp.toml", 'clause = "802.1AX-2014 6.4.2.3"\n', "", 1, "clause or a function"),
        ("lacp.toml", 'must = "It has 124 bytes."', 'must = " "', 5, "must must be a string"),
        ("lacp.toml", "title", "name", 3, "'name' is not known"),
        ("lacp.toml", "[[deviation]]", "[[deviations]]", 7, "'deviations' is not known"),
        ("lacp.toml", "[[deviation]]", "[[requirement]]", 12, "'does' is not known"),
        ("lacp.toml", "[[requirement]]", LACP + "[[requirement]]", 13, "requirement L-01 is"),
        ("lacp.toml", "[[deviation]]", DEVIATION + "[[deviation]]", 13, "deviation V-01 is"),
        ("lacp.toml", 'clause = "802.1AX-2014 6.4.2.3"', "clause = 1", 4, "clause must be"),
        ("lacp.toml", 'clause = "802.1AX-2014 6.4.2.3"', "function = 1", 4, "function must be"),
        ("lacp.toml", LACP, f"{LACP}\n[about]\nname = 1\n", 15, "'name' is not known"),
        ("lacp.toml", LACP, f"{LACP}\n[about]\ntitle = 1\n", 15, "title must be"),
        ("lacp.toml", LACP, f"[[about]]\n{LACP}", 1, "about must be a table: \\[about\\]"),
        ("lacp.toml", '"V-01"', '"V-1"', 8, "capital letters, -, two digits"),
        ("lacp.toml", 'does = "It does', 'dose = "It does', 12, "'dose' is not known"),
        ("lacp.toml", '"lacp_sm_rx"', '" "', 10, "function must be"),
        ("defects.toml", '"B-01"', '"B-1"', 2, "capital letters, -, two digits"),
        ("defects.toml", 'effect = "No route."\n', "", 1, "effect must be a string"),
        ("defects.toml", '"freebsd-15"', '"windows 11"', 9, "list of releases"),
        ("defects.toml", '["freebsd-13.2", "freebsd-15"]', "[]", 1, "on no release"),
        ("defects.toml", '["truenas"]', '"truenas"', 10, "list of releases"),
        ("defects.toml", "[[defect]]", "[defect]", 1, "array of tables"),
        ("defects.toml", "[[defect]]", DEFECTS + "[[defect]]", 11, "B-01 is there twice"),
        ("defects.toml", "[[defect]]", "[[defect", 1, "not TOML"),
    ],
)
def test_a_mistake_in_a_definition_is_reported_with_file_and_line(
    file: str, old: str, new: str, line: int, message: str
) -> None:
    parse, text = PARSERS[file]

    with pytest.raises(DocumentError, match=message) as caught:
        parse(file, text.replace(old, new))

    assert (caught.value.path, caught.value.line) == (file, line)


VALUE = st.sampled_from(['"L-01"', '"B-02"', '"V-03"', "1", "[]", '["freebsd-13.2"]', '""'])
KEY = st.sampled_from(["id", "title", "must", "clause", "present", "x", "requirement", "defect"])
LINE = st.one_of(
    st.sampled_from([*LACP.split("\n"), *DEFECTS.split("\n"), "[defect]", '"""']),
    st.tuples(KEY, VALUE).map(" = ".join),
    st.text(max_size=6),
)


@given(st.lists(LINE, max_size=14).map("\n".join))
@pytest.mark.parametrize("parse", [parse_requirements, parse_defects])
def test_any_text_is_definitions_or_a_document_error(
    parse: Callable[[str, str], object], text: str
) -> None:
    with contextlib.suppress(DocumentError):
        assert parse("x.toml", text) is not None


def cited() -> Iterator[tuple[str, str]]:
    """Yield every identifier in code, features and pages, with the place of its line."""
    files = (
        path
        for directory, suffixes in {
            "lagg_tool": {".py", ".sh", ".html"},
            "steps": {".py"},
            "features": {".feature", ".toml"},
            "docs": {".md"},
        }.items()
        for path in sorted((ROOT / directory).rglob("*"))
        if path.suffix in suffixes
    )
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for found in re.findall(r"\b[BCLOPSV]-\d\d[a-z]?\b", line):
                yield found, f"{path.relative_to(ROOT)}:{number}"


def test_every_identifier_that_the_repository_cites_is_defined() -> None:
    features = ROOT / "features" / "core"
    lacp = load_requirements(features / "lacp.toml")
    defined = load_claims(features / "article.toml").ids | {
        *load_defects(features / "defects.toml"),
        *lacp.requirements,
        *lacp.deviations,
    }

    assert [place for name, place in cited() if name not in defined] == []


def test_every_deviation_is_cited_beside_its_definition() -> None:
    lacp = load_requirements(ROOT / "features" / "core" / "lacp.toml")
    names = [name for name, _ in cited()]

    assert [name for name in lacp.deviations if names.count(name) < 2] == []
