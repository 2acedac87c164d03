import importlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lagg_tool import assets
from lagg_tool.claims import Claims, parse_claims, parse_defects, parse_requirements
from lagg_tool.claims.sets import ClaimSet, load_sets
from lagg_tool.evidence.renames import Renames
from lagg_tool.suite.features import Feature
from lagg_tool.suite.gherkin import parse_feature
from lagg_tool.suite.lint import Finding, lint, scenarios, steps, subjects
from lagg_tool.suite.lint.steps import Definition
from lagg_tool.suite.plugin import pytest_plugins
from lagg_tool.suite.selection import read_documents

CLAIMS = """[[claim]]
id = "{0}"
paraphrase = "Words."
level = "{1}"
expected = "confirmed"
why = "Because."
source = [{{ page = "lagg(4)", section = "A" }}]
"""
HEADER = """[set]
name = "x"
title = "X"
about = "Y"
products = ["freebsd", "truenas"]
references = ["freebsd-13.2", "truenas-13.3"]
"""
TAG_IT = "; tag it, as in @confirms.CLAIM"
NAMES = [
    Definition("it runs", None, "steps/x_steps.py", 3, lambda text: text == "it runs"),
    Definition("it ran", "then", "steps/x_steps.py", 9, lambda text: text.startswith("it ran")),
]


def document(text: str, path: str = "features/x.feature") -> Feature:
    return parse_feature(path, "Feature: X\n" + text)


def claims(*rows: tuple[str, str]) -> Claims:
    text = "\n".join((HEADER, *(CLAIMS.format(*row) for row in rows)))
    return parse_claims("article.toml", text)


def a_set(*rows: tuple[str, str]) -> ClaimSet:
    lacp = {"lacp": parse_requirements("lacp.toml", REQUIREMENTS)}
    return ClaimSet(Path("features"), "features", claims(*rows), lacp, DEFECTS)


def test_the_features_have_no_findings() -> None:
    for module in pytest_plugins:
        importlib.import_module(module)

    findings = lint(assets.features())

    assert [str(finding) for finding in findings] == []


BROKEN = """
  @confirms.C-01 @refines.C-02 @refines.C-99 @Slow
  Scenario: Everything is wrong
    Given nobody wrote this
    Then the NAS answers

  Scenario: Everything is wrong
    When the NAS answers

  @defect.B-01
  Scenario: A defect
    Then the NAS answers
"""
# One for each rule: a rule that is written and not asked is no rule.
FINDINGS = (
    "x.feature:8: 'Everything is wrong' is there already, in features/x.feature:4",
    "x.feature:8: 'Everything is wrong' has no Then: it asserts nothing",
    "x.feature:4: the tag @Slow is of no known form",
    "x.feature:4: article.toml has no claim C-99",
    "article.toml:23: no scenario names C-03, which is of level host",
    "article.toml:15: C-02 is expected confirmed, its scenarios say imprecise on freebsd-13.2",
    "x.feature:8: 'Everything is wrong' names no claim, requirement or defect" + TAG_IT,
    "x.feature:12: 'A defect' shows a defect and has no But that asserts it",
    "x.feature:5: undefined: Given nobody wrote this",
    "no feature uses the step 'no ping is answered'",
)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    for module in pytest_plugins:
        importlib.import_module(module)
    directory = tmp_path_factory.mktemp("broken") / "features"
    directory.mkdir()
    (directory / "x.feature").write_text(f"Feature: X\n{BROKEN}", encoding="utf-8")
    rows = "\n".join(CLAIMS.format(claim, "host") for claim in ("C-01", "C-02", "C-03"))
    (directory / "article.toml").write_text(HEADER + rows, encoding="utf-8")
    return [str(finding) for finding in lint(directory)]


@pytest.mark.parametrize("finding", FINDINGS)
def test_the_lint_asks_every_rule(broken: list[str], finding: str) -> None:
    assert [found for found in broken if finding in found], broken[:12]


def test_one_name_twice_is_found_under_different_rules_and_in_different_files() -> None:
    text = """
  Rule: A
    Scenario: One
      Given it runs
  Rule: B
    Scenario: One
      Given it runs
    Scenario Outline: Rows
      Given <x>
      Examples:
        | x |
        | 1 |
        | 2 |
        | 1 |
"""
    other = document("  Scenario: Rows\n    Given it runs\n", "features/y.feature")

    findings = scenarios.duplicate_names([document(text), other])

    assert [str(finding) for finding in findings] == [
        "features/x.feature:7: 'One' is there already, in features/x.feature:4",
        "features/x.feature:15: the row 1 is there twice",
        "features/y.feature:2: 'Rows' is there already, in features/x.feature:9",
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Nor does a port", "'Nor does a port' begins with 'Nor': it cannot be read alone"),
        ("Then, it stops", "'Then, it stops' begins with 'Then': it cannot be read alone"),
        ("Its port stops", "'Its port stops' begins with 'Its': it cannot be read alone"),
        (
            "The MTU <x>",
            "'The MTU <x>' has a <: write what all rows have in common, unquoted",
        ),
        ('Say "yes"', '\'Say "yes"\' has a ": write what all rows have in common, unquoted'),
    ],
)
def test_a_name_that_cannot_be_read_alone_is_found(name: str, message: str) -> None:
    text = f"  Scenario Outline: {name}\n    Given <x>\n    Examples:\n      | x |\n      | 1 |\n"

    findings = list(scenarios.names_that_need_context([document(text)]))

    assert (findings[0].line, findings[0].message) == (2, message)


def test_a_feature_needs_a_name_of_its_own_too_and_whole_words_are_compared() -> None:
    good = document("  Scenario: Some ports stop and others go on\n    Given it runs\n")
    bad = parse_feature("features/y.feature", "Feature: So it goes\n")

    findings = scenarios.names_that_need_context([good, bad])

    assert [str(finding) for finding in findings] == [
        "features/y.feature:1: 'So it goes' begins with 'So': it cannot be read alone"
    ]


def test_a_rename_to_a_name_that_is_gone_is_found() -> None:
    text = """  Scenario Outline: Rows
    Given <x>
    Examples:
      | x |
      | 1 |
"""
    renames = Renames({"features/x.feature": {"A": "Rows", "B": "Rows[1]", "C": "Lines"}})

    found = scenarios.stale_renames([document(text)], renames)

    assert [finding.message for finding in found] == [
        "features/x.feature has no scenario 'Lines': give its present name"
    ]


def test_a_move_to_a_path_that_is_gone_is_found() -> None:
    there = document("  Scenario: One\n    Given it runs\n")
    moved = {"x": "features/x.feature", "y": "features/y", "z": "features"}

    found = scenarios.stale_moves([there], Renames({}, moved))

    assert [finding.message for finding in found] == [
        "there is no feature file at 'features/y': give its present path"
    ]


def test_a_step_for_any_keyword_is_found() -> None:
    assert [str(finding) for finding in steps.steps_of_any_keyword(NAMES)] == [
        "steps/x_steps.py:3: 'it runs' serves any keyword: use given, when or then"
    ]


def test_tags_of_no_known_form_are_found() -> None:
    tags = "@confirms.C-1 @lacp.L-07 @defect.B-01 @slow @Slow @a:b @confirm.C-01 @on.linux"
    found = document(f"  {tags}\n  Scenario: One\n    Then it ran\n")

    strange = [f.message.split()[2] for f in subjects.strange_tags([found], a_set())]

    assert strange == ["@confirms.C-1", "@Slow", "@a:b", "@confirm.C-01", "@on.linux"]


@pytest.mark.parametrize(
    ("level", "count"), [("host", 1), ("wire", 1), ("api", 1), ("editorial", 0)]
)
def test_a_claim_that_a_host_can_show_needs_a_scenario(level: str, count: int) -> None:
    known = a_set(("C-01", level), ("C-02", "host"))
    found = document("  @confirms.C-02\n  Scenario: One\n    Then it ran\n")

    assert len(list(subjects.claims_without_scenario([found], known))) == count


def test_a_feature_directory_is_read_with_the_paths_that_results_use(tmp_path: Path) -> None:
    directory = tmp_path / "features" / "more"
    directory.mkdir(parents=True)
    (directory / "x.feature").write_text("Feature: X\n", encoding="utf-8")

    [found] = read_documents(load_sets(tmp_path / "features"))

    assert found.path == "features/more/x.feature"


REQUIREMENTS = """[[requirement]]
id = "L-01"
title = "Layout"
function = "lacp_xmit_lacpdu"
must = "It has 124 bytes."
"""
DEFECT = """[[defect]]
id = "B-01"
title = "Stale"
source = "lagg_ioctl"
should = "It is new."
does = "It is old."
effect = "No route."
workaround = "None."
present = ["freebsd-13.2"]
fixed = ["freebsd-15"]
"""
DEFECTS = parse_defects("defects.toml", DEFECT)


def test_a_scenario_may_name_what_another_set_requires_and_nothing_else_of_it(
    tmp_path: Path,
) -> None:
    features = tmp_path / "features"
    for name, identifier in (("one", "C-01"), ("two", "D-01")):
        (features / name).mkdir(parents=True)
        (features / name / "article.toml").write_text(CLAIMS.format(identifier, "editorial"))
    (features / "one" / "lacp.toml").write_text(REQUIREMENTS)
    (features / "one" / "defects.toml").write_text(DEFECT)
    text = "Feature: X\n  @lacp.{} @defect.{}\n  Scenario: {}\n    When it runs\n"
    (features / "one" / "x.feature").write_text(text.format("L-01", "B-01", "One"))
    (features / "two" / "x.feature").write_text(text.format("L-02", "B-01", "Two"))

    found = [str(finding) for finding in lint(features) if "two/" in str(finding)]

    assert any("lacp.toml does not define L-02" in each for each in found)
    assert any("defects.toml does not define B-01" in each for each in found)
    assert not any("of no known form" in each or "names no claim" in each for each in found)


ONE = "  Scenario: One\n    {}\n"
DEFECTIVE = "  @defect.B-01\n" + ONE.format("Given it runs")
ROWS = """  Scenario Outline: One
    Given it runs
    Then <what>
    And nobody knows
    Examples:
      | what   |
      | it ran |
      | it hid |
"""
TWICE = Definition("it {x}", None, "steps/y_steps.py", 1, lambda text: text.startswith("it"))


@pytest.mark.parametrize(
    ("rule", "text", "findings"),
    [
        (
            scenarios.undescribed_defects,
            DEFECTIVE + "  @defect.B-01\n  Scenario: Two\n    Why.\n\n    Given it runs\n",
            ["x.feature:3: 'One' shows a defect: describe why it matters"],
        ),
        (
            scenarios.defects_without_but,
            DEFECTIVE + "  @defect.B-02\n  Scenario: Two\n    Then it ran\n    But it ran away\n",
            ["x.feature:3: 'One' shows a defect and has no But that asserts it"],
        ),
        (
            scenarios.incomplete_scenarios,
            ONE.format("When it runs") + "  Scenario: Two\n",
            [
                "x.feature:2: 'One' has no Then: it asserts nothing",
                "x.feature:4: 'Two' has no Then: it asserts nothing",
            ],
        ),
        (
            steps.late_preparations,
            ONE.format("When it stops\n    Given it is idle\n    Then it ran"),
            ["x.feature:4: Given it is idle: it comes after an action"],
        ),
        (
            lambda found: steps.undefined_steps(found, NAMES),
            ROWS,
            [
                "x.feature:5: undefined: And nobody knows",
                "x.feature:4: undefined: Then it hid",
                "x.feature:5: undefined: And nobody knows",
            ],
        ),
        (
            lambda found: steps.undefined_steps(found, [*NAMES, TWICE]),
            ONE.format("Then it ran"),
            [
                "x.feature:3: 'it ran' is defined by steps/x_steps.py:9 and steps/y_steps.py:1",
            ],
        ),
        (
            lambda found: steps.unused_definitions(found, NAMES),
            ONE.format("When it runs\n    And it runs"),
            ["steps/x_steps.py:9: no feature uses the step 'it ran'"],
        ),
        (
            lambda found: subjects.unknown_claims(found, a_set(("C-01", "host"))),
            "  @confirms.C-01 @refines.C-99\n" + ONE.format("Then it ran"),
            ["x.feature:3: article.toml has no claim C-99"],
        ),
        (
            lambda found: subjects.scenarios_without_subject(found, a_set()),
            "  @slow\n" + ONE.format("Then it ran") + "  @lacp.L-01\n  Scenario: Two\n",
            ["x.feature:3: 'One' names no claim, requirement or defect" + TAG_IT],
        ),
        (
            lambda found: subjects.undefined_subjects(found, a_set()),
            "  @lacp.L-01 @lacp.L-02 @defect.B-01 @fixed.B-02\n" + ONE.format("Given it runs"),
            [
                "x.feature:3: lacp.toml does not define L-02",
                "x.feature:3: defects.toml does not define B-02",
            ],
        ),
        (
            lambda found: subjects.definitions_without_scenario(found, a_set()),
            "  @defect.B-02\n" + ONE.format("Given it runs"),
            ["lacp.toml:1: no scenario names L-01", "defects.toml:1: no scenario names B-01"],
        ),
    ],
)
def test_a_rule_names_what_breaks_it_and_nothing_else(
    rule: Callable[[list[Feature]], Iterator[Finding]], text: str, findings: list[str]
) -> None:
    found = rule([document(text)])

    assert [str(one).removeprefix("features/") for one in found] == findings


@pytest.mark.parametrize(
    ("rule", "tags", "messages"),
    [
        (
            subjects.unexpected_verdicts,
            "@confirms.C-01 @refines.C-02",
            [
                f"C-02 is expected confirmed, its scenarios say imprecise on {release}"
                for release in ("freebsd-13.2", "truenas-13.3")
            ],
        ),
        (
            subjects.defects_on_other_releases,
            "@defect.B-01 @not.freebsd-15",
            ["no scenario @fixed.B-01 holds on freebsd-15"],
        ),
        (
            subjects.defects_on_other_releases,
            "@defect.B-01 @fixed.B-01",
            ["B-01 is fixed on freebsd-15, and a scenario shows it there"],
        ),
        (
            subjects.defects_on_other_releases,
            "@fixed.B-01 @on.freebsd-15",
            ["no scenario @defect.B-01 holds on freebsd-13.2"],
        ),
    ],
)
def test_what_holds_on_other_releases_than_it_should_is_found(
    rule: Callable[[list[Feature], ClaimSet], Iterator[Finding]], tags: str, messages: list[str]
) -> None:
    known = a_set(("C-01", "host"), ("C-02", "wire"), ("C-03", "api"))

    found = rule([document(f"  {tags}\n{ONE.format('Then it ran')}")], known)

    assert [one.message for one in found] == messages
