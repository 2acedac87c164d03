"""Feature files: what is written in them, and what runs."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.errors import DocumentError
from lagg_tool.evidence import ClaimLink
from lagg_tool.suite.features import Examples, Scenario
from lagg_tool.suite.gherkin import parse_feature, read_feature, read_features
from tests.support.synthetic import LOAD_BALANCE

TEXT = """@topic.ports
Feature: Ports
  What a port may be.

  Background:
    Given a NAS

  Rule: One port is enough
    @confirms.C-30
    Scenario: A port joins
      It matters.

      When "em0" joins
        | port | flag |
        | em0  | 0    |
      Then it is a port
        \"\"\"
        text
        \"\"\"

  Rule: Two are better
    Scenario: A port joins
      When "em1" joins

    Scenario Outline: Ports join as <protocol>
      When <port> joins
      And it is up

      @fast
      Examples:
        | protocol | port |
        | failover | em0  |
        | lacp     | em1  |
"""


def test_every_scenario_and_row_is_a_pickle_with_its_background() -> None:
    document = parse_feature("features/ports.feature", TEXT)

    assert [(p.id, p.line, p.rule) for p in document.pickles] == [
        ("One port is enough: A port joins", 10, "One port is enough"),
        ("Two are better: A port joins", 22, "Two are better"),
        ("Ports join as failover[failover, em0]", 32, "Two are better"),
        ("Ports join as lacp[lacp, em1]", 33, "Two are better"),
    ]
    first, _, row, _ = document.pickles
    assert first.tags == ("topic.ports", "confirms.C-30")
    assert first.description == "It matters."
    assert [(s.kind, s.keyword, s.text, s.line) for s in first.steps] == [
        ("given", "Given", "a NAS", 6),
        ("when", "When", '"em0" joins', 13),
        ("then", "Then", "it is a port", 16),
    ]
    assert first.steps[1].table == (("port", "flag"), ("em0", "0"))
    assert first.steps[2].docstring == "text"
    assert row.tags == ("topic.ports", "fast")
    assert [(s.kind, s.text) for s in row.steps] == [
        ("given", "a NAS"),
        ("when", "em0 joins"),
        ("when", "it is up"),
    ]


def test_all_that_is_written_in_a_feature_is_kept_with_its_place() -> None:
    loose = "Feature: F\n\n  Scenario: Loose\n    Given a\n\n  @r\n  Rule: R\n    Why.\n\n"
    text = loose + (
        "    Background:\n      Given b\n\n"
        "    @s @confirms.C-01.x\n    Scenario Outline: S <n>\n      It is so.\n\n"
        "      When c\n\n      @e @refines.C-02\n      Examples: Few\n"
        "        | n |\n        | 1 |\n\n      Examples: None\n"
    )

    feature = parse_feature("features/a/f.feature", f"@f\n{text}", "f.feature")
    plain, outline = feature.scenarios

    assert (feature.name, feature.line, feature.tags) == ("F", 2, ("f",))
    assert (feature.path, feature.place) == ("features/a/f.feature", "f.feature")
    assert feature.text == f"@f\n{text}"
    assert [(rule.name, rule.description) for rule in feature.rules] == [("", ""), ("R", "Why.")]
    assert (plain.rule, plain.background, plain.tags, plain.line) == ("", (), ("f",), 4)
    assert plain.pickles[0].name == "Loose"
    assert (outline.path, outline.place) == ("features/a/f.feature", "f.feature")
    assert (outline.name, outline.description, outline.line) == ("S <n>", "It is so.", 15)
    assert (outline.rule, outline.tags) == ("R", ("f", "r", "s", "confirms.C-01.x"))
    assert [(step.kind, step.text) for step in outline.background] == [("given", "b")]
    assert [(step.kind, step.text) for step in outline.steps] == [("when", "c")]
    assert outline.examples == (
        Examples("Few", ("e", "refines.C-02"), ("n",), ((23, ("1",)),)),
        Examples("None", (), (), ()),
    )
    assert outline.all_tags == ("f", "r", "s", "confirms.C-01.x", "e", "refines.C-02")
    assert outline.claims == (ClaimLink("C-01.x", "confirms"), ClaimLink("C-02", "refines"))
    assert [pickle.name for pickle in outline.pickles] == ["S 1"]
    only = parse_feature(
        "f.feature", "Feature: F\n  Why.\n\n  Rule: R\n    Scenario: S\n      Given a\n"
    )
    assert [rule.name for rule in only.rules] == ["R"]
    assert (only.description, only.place) == ("Why.", "f.feature")


def test_the_background_of_a_rule_follows_that_of_its_feature() -> None:
    text = (
        "Feature: F\n  Background:\n    Given a\n  Rule: R\n    Background:\n"
        "      When b\n      And c\n    Scenario: S\n      Then d\n      But e\n"
    )

    [scenario] = parse_feature("f.feature", text).scenarios

    kinds = [(step.kind, step.text) for step in (*scenario.background, *scenario.steps)]
    assert kinds == [("given", "a"), ("when", "b"), ("when", "c"), ("then", "d"), ("then", "e")]


def load_balance() -> tuple[Scenario, ...]:
    return parse_feature("features/loadbalance.feature", LOAD_BALANCE).scenarios


def test_a_feature_keeps_rules_backgrounds_tables_and_doc_strings() -> None:
    feature = parse_feature("features/loadbalance.feature", LOAD_BALANCE)

    assert [rule.name for rule in feature.rules] == ["", "The setup is static"]
    flow, sixty_four, silent, outline = feature.scenarios
    assert flow.background[0].text == 'a LAGG "lagg0" with protocol "loadbalance" on 3 ports'
    assert flow.steps[1].docstring == "within one second"
    assert sixty_four.steps[0].table == (("kind", "count"), ("UDP", "64"))
    assert silent.rule == "The setup is static"
    assert outline.examples[0].header == ("protocol", "answer")
    assert flow.claims == (ClaimLink("C-24", "contradicts"),)
    assert "loadbalance" in flow.tags, "a feature's tags are its scenarios' tags"


def test_a_step_of_an_outline_keeps_its_parameters_and_its_kind() -> None:
    *_, outline = parse_feature("features/ports.feature", TEXT).scenarios

    assert [(step.kind, step.text) for step in outline.background] == [("given", "a NAS")]
    assert [(step.kind, step.text) for step in outline.steps] == [
        ("when", "<port> joins"),
        ("when", "it is up"),
    ]


def test_a_scenario_has_the_pickles_that_run() -> None:
    feature = parse_feature("features/ports.feature", TEXT)

    assert [[pickle.line for pickle in s.pickles] for s in feature.scenarios] == [
        [10],
        [22],
        [32, 33],
    ]
    assert feature.pickles == tuple(p for s in feature.scenarios for p in s.pickles)


@pytest.mark.parametrize(
    "identifier",
    [
        "features/loadbalance.feature::Settings of <protocol> & friends[1]",
        "features/loadbalance.feature::Settings of roundrobin & friends[roundrobin-no]",
        "features/loadbalance.feature::Settings of <protocol> & friends",
    ],
)
def test_an_outline_owns_the_results_of_its_present_and_former_rows(identifier: str) -> None:
    assert load_balance()[-1].owns(identifier)


def test_a_scenario_owns_only_its_own_result() -> None:
    flow = load_balance()[0]

    assert flow.owns(flow.id)
    assert not flow.owns(f"{flow.id}[1]")


def test_scenarios_of_one_name_own_what_runs_them() -> None:
    first, second, _ = parse_feature("features/ports.feature", TEXT).scenarios

    assert first.run_ids == ("features/ports.feature::One port is enough: A port joins",)
    assert first.owns(first.run_ids[0])
    assert not second.owns(first.run_ids[0])


def test_features_are_read_with_the_names_that_results_use(tmp_path: Path) -> None:
    (tmp_path / "truenas").mkdir()
    (tmp_path / "truenas" / "ports.feature").write_text(TEXT, "utf-8")
    (tmp_path / "mtu.feature").write_text(TEXT, "utf-8")

    features = read_features(tmp_path)

    assert [f.path for f in features] == ["features/mtu.feature", "features/truenas/ports.feature"]
    for found in (features, read_features(tmp_path, "features/core")):
        assert [f.place for f in found] == ["mtu.feature", "truenas/ports.feature"]


def test_a_file_that_is_no_text_or_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.feature"
    with pytest.raises(DocumentError, match="cannot be read as UTF-8 text: No such file") as caught:
        read_feature(path)
    path.write_bytes(b"Feature: \xff\n")
    with pytest.raises(DocumentError, match=r"cannot be read as UTF-8 text: .*; name a file"):
        read_feature(path)
    path.write_text("Feature: F\n", encoding="utf-8")

    assert (caught.value.path, caught.value.line) == (str(path), None)
    assert read_feature(path).path == str(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "f.feature:1: there is no Feature: in this file; begin with one"),
        (
            "Feature: F\n  Scenario: S\n    Given a\n      | a |\n      | a | b |\n",
            "f.feature:5: inconsistent cell count within the table",
        ),
    ],
)
def test_a_typing_error_is_told_without_the_parsers_place(text: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_feature("f.feature", text)

    assert str(caught.value).startswith(words)


def test_two_scenarios_of_one_name_are_both_there() -> None:
    text = "Feature: F\n  Scenario: S\n    Given a\n  Scenario: S\n    Given b\n"

    document = parse_feature("f.feature", text)

    assert [p.id for p in document.pickles] == ["line 2: S", "line 4: S"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Feature: F\n  Scenario: S\n    Givven a\n    When b\n", 3),
        ("Feature: F\n  Scenario: S\n    Why.\n\n    Givven a\n    When b\n", 5),
        ("Feature: F\n  Scenario: S\n    Given a\n    Whenn b\n", 4),
        ("Feature: F\n  Why.\n\n  Scenaro: S\n    Given a\n", 4),
        ("", 1),
        ("# language: xx\nFeature: F\n", 1),
        ("Feature: F\n  Scenario: S\n    Given a\n      | a |\n      | a | b |\n", 5),
    ],
)
def test_a_typing_error_names_file_and_line(text: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_feature("features/x.feature", text)

    assert (caught.value.path, caught.value.line) == ("features/x.feature", line)
    assert str(caught.value).startswith(f"features/x.feature:{line}: ")


def test_a_file_with_windows_line_ends_reads_alike(tmp_path: Path) -> None:
    path = tmp_path / "ports.feature"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())

    assert read_feature(path, "features/ports.feature") == parse_feature(
        "features/ports.feature", TEXT
    )


LINES = st.sampled_from(
    [
        *TEXT.split("\n"),
        *("Scenario:", "Examples:", "| <a> |", "# language: de", "* x", "@a @b", "Rule:", '"""'),
    ]
)


@given(st.lists(LINES | st.text(max_size=5), max_size=14))
def test_any_text_is_a_feature_or_a_document_error(lines: list[str]) -> None:
    with contextlib.suppress(DocumentError):
        document = parse_feature("f.feature", "Feature: F\n" + "\n".join(lines))

        assert len({p.id for p in document.pickles}) == len(document.pickles)
