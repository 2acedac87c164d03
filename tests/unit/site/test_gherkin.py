"""Feature files are read whole: rules, backgrounds, outlines, tables, tags."""

from __future__ import annotations

import pytest

from lagg_tool.errors import DocumentError
from lagg_tool.site.gherkin import parse_feature
from lagg_tool.suite import features as runner
from tests.support.synthetic import LOAD_BALANCE


def test_a_feature_keeps_rules_backgrounds_tables_and_doc_strings() -> None:
    feature = parse_feature("features/loadbalance.feature", LOAD_BALANCE)

    assert [rule.name for rule in feature.rules] == ["", "The setup is static"]
    flow, sixty_four, silent, outline = feature.scenarios()
    assert flow.background[0].text == 'a LAGG "lagg0" with protocol "loadbalance" on 3 ports'
    assert flow.steps[1].docstring == "within one second"
    assert sixty_four.steps[0].table == (("kind", "count"), ("UDP", "64"))
    assert silent.rule == "The setup is static"
    assert outline.examples[0].header == ("protocol", "answer")
    assert flow.claims == (("contradicts", "C-24"),)
    assert "loadbalance" in flow.tags, "a feature's tags are its scenarios' tags"


@pytest.mark.parametrize(
    "identifier",
    [
        "features/loadbalance.feature::Settings of <protocol> & friends[1]",
        "features/loadbalance.feature::Settings of roundrobin & friends[roundrobin-no]",
        "features/loadbalance.feature::Settings of <protocol> & friends",
    ],
)
def test_an_outline_owns_the_results_of_its_rows_however_they_are_numbered(
    identifier: str,
) -> None:
    outline = list(parse_feature("features/loadbalance.feature", LOAD_BALANCE).scenarios())[-1]

    assert outline.owns(identifier)


def test_a_scenario_owns_only_its_own_result() -> None:
    flow = next(parse_feature("features/loadbalance.feature", LOAD_BALANCE).scenarios())

    assert flow.owns(flow.id)
    assert not flow.owns(f"{flow.id}[1]")


def test_a_typing_error_is_reported_with_file_and_line() -> None:
    text = "Feature: x\n  Scenario: y\n    Given a\n    Wen nothing\n"

    with pytest.raises(DocumentError, match=r"features/x\.feature:4: "):
        parse_feature("features/x.feature", text)


def test_a_scenario_is_run_by_the_identifiers_that_the_runner_gives() -> None:
    mine = parse_feature("features/loadbalance.feature", LOAD_BALANCE)
    runners = runner.parse_feature("features/loadbalance.feature", LOAD_BALANCE)

    ids = [identifier for scenario in mine.scenarios() for identifier in scenario.run_ids]

    assert ids == [f"features/loadbalance.feature::{pickle.id}" for pickle in runners.pickles]
    assert mine.digest == runners.digest
