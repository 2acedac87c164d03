import importlib
from pathlib import Path

import pytest

from lagg_tool import assets
from lagg_tool.claims import Claims, parse_claims
from lagg_tool.suite import lint
from lagg_tool.suite.features import FeatureDocument, parse_feature
from lagg_tool.suite.lint import Definition, Finding
from lagg_tool.suite.plugin import pytest_plugins

CLAIMS = """[[claim]]
id = "{0}"
paraphrase = "Words."
level = "{1}"
expected = "confirmed"
why = "Because."
source = [{{ page = "lagg(4)", section = "A" }}]
"""
NAMES = [
    Definition("it runs", None, "steps/x_steps.py", 3, lambda text: text == "it runs"),
    Definition("it ran", "then", "steps/x_steps.py", 9, lambda text: text.startswith("it ran")),
]


def document(text: str, path: str = "features/x.feature") -> FeatureDocument:
    return parse_feature(path, "Feature: X\n" + text)


def claims(*rows: tuple[str, str]) -> Claims:
    return parse_claims("article.toml", "\n".join(CLAIMS.format(*row) for row in rows))


def test_the_features_have_no_findings() -> None:
    for module in pytest_plugins:
        importlib.import_module(module)

    findings = lint.lint(assets.features())

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
    "x.feature:8: 'Everything is wrong' is there already, in line 4",
    "x.feature:8: 'Everything is wrong' has no Then: it asserts nothing",
    "x.feature:4: the tag @Slow is of no known form",
    "x.feature:4: article.toml has no claim C-99",
    "article.toml:17: no scenario names C-03, which is of level host",
    "article.toml:9: C-02 is expected confirmed, its scenarios say imprecise on freebsd-13.2",
    "x.feature:8: 'Everything is wrong' names no claim, lacp. or defect.",
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
    (directory / "article.toml").write_text(rows, encoding="utf-8")
    return [str(finding) for finding in lint.lint(directory)]


@pytest.mark.parametrize("finding", FINDINGS)
def test_the_lint_asks_every_rule(broken: list[str], finding: str) -> None:
    assert [found for found in broken if finding in found], broken[:12]


def test_one_name_twice_is_found_under_different_rules_too() -> None:
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

    findings = list(lint.duplicate_names([document(text)]))

    assert [(f.line, f.message) for f in findings] == [
        (7, "'One' is there already, in line 4"),
        (15, "'Rows' is there already, in line 13"),
    ]


def test_a_scenario_that_asserts_nothing_is_found() -> None:
    found = document("  Scenario: One\n    When it runs\n  Scenario: Two\n")

    assert [f.line for f in lint.incomplete_scenarios([found])] == [2, 4]


def test_tags_of_no_known_form_are_found() -> None:
    tags = "@confirms.C-1 @lacp.L-07 @defect.B-01 @slow @Slow @a:b @confirm.C-01"
    found = document(f"  {tags}\n  Scenario: One\n    Then it ran\n")

    strange = [f.message.split()[2] for f in lint.strange_tags([found])]

    assert strange == ["@confirms.C-1", "@Slow", "@a:b", "@confirm.C-01"]


def test_a_claim_that_does_not_exist_is_found() -> None:
    found = document("  @confirms.C-01 @refines.C-99\n  Scenario: One\n    Then it ran\n")

    [finding] = lint.unknown_claims([found], claims(("C-01", "host")))

    assert finding == Finding("features/x.feature", 3, "article.toml has no claim C-99")


@pytest.mark.parametrize(
    ("level", "count"), [("host", 1), ("wire", 1), ("api", 1), ("editorial", 0)]
)
def test_a_claim_that_a_host_can_show_needs_a_scenario(level: str, count: int) -> None:
    known = claims(("C-01", level), ("C-02", "host"))
    found = document("  @confirms.C-02\n  Scenario: One\n    Then it ran\n")

    assert len(list(lint.claims_without_scenario([found], known))) == count


def test_a_verdict_that_the_scenarios_do_not_bear_out_is_found() -> None:
    text = """
  @confirms.C-01 @refines.C-02
  Scenario: One
    Then it ran
"""
    known = claims(("C-01", "host"), ("C-02", "wire"), ("C-03", "api"))

    findings = list(lint.unexpected_verdicts([document(text)], known))

    assert [finding.message for finding in findings] == [
        f"C-02 is expected confirmed, its scenarios say imprecise on {release}"
        for release in ("freebsd-13.2", "truenas-13.3")
    ]


def test_a_scenario_about_nothing_in_particular_is_found() -> None:
    text = """
  @slow
  Scenario: One
    Then it ran
  @lacp.L-01
  Scenario: Two
    Then it ran
"""

    assert [f.line for f in lint.scenarios_without_subject([document(text)])] == [4]


def test_a_defect_that_no_but_asserts_is_found() -> None:
    text = """
  @defect.B-01
  Scenario: One
    Then it ran
  @defect.B-02
  Scenario: Two
    Then it ran
    But it ran away
"""

    assert [f.line for f in lint.defects_without_but([document(text)])] == [4]


def test_undefined_steps_are_found_with_the_outline_filled_in() -> None:
    text = """
  Scenario Outline: One
    Given it runs
    Then <what>
    And nobody knows
    Examples:
      | what   |
      | it ran |
      | it hid |
"""

    findings = list(lint.undefined_steps([document(text)], NAMES))

    assert [(f.line, f.message) for f in findings] == [
        (6, "undefined: And nobody knows"),
        (5, "undefined: Then it hid"),
        (6, "undefined: And nobody knows"),
    ]


def test_a_step_with_two_definitions_is_found() -> None:
    also = Definition("it {x}", None, "steps/y_steps.py", 1, lambda text: text.startswith("it"))
    found = document("  Scenario: One\n    Then it ran\n")

    [finding] = lint.undefined_steps([found], [*NAMES, also])

    assert finding.message == ("'it ran' is defined by steps/x_steps.py:9 and steps/y_steps.py:1")


def test_a_definition_without_use_is_found() -> None:
    found = document("  Scenario: One\n    When it runs\n    And it runs\n")

    [finding] = lint.unused_definitions([found], NAMES)

    assert str(finding) == "steps/x_steps.py:9: no feature uses the step 'it ran'"


def test_a_feature_directory_is_read_with_the_paths_that_results_use(tmp_path: Path) -> None:
    directory = tmp_path / "features" / "more"
    directory.mkdir(parents=True)
    (directory / "x.feature").write_text("Feature: X\n", encoding="utf-8")

    [found] = lint.read_documents(tmp_path / "features")

    assert found.path == "features/more/x.feature"
