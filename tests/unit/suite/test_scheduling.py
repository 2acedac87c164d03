"""What one worker runs as a whole: the scenarios of a rule that share its Background."""

from lagg_tool.suite.scheduling import shared_rules
from tests.support.paths import ROOT

TIMING = ROOT / "features" / "scale" / "lacp-timing.feature"


def test_the_scenarios_of_a_rule_with_a_shared_setup_go_together() -> None:
    rules = shared_rules(TIMING)

    slow = [name for name, rule in rules.items() if rule == "SLOW"]
    assert len(slow) == 5
    assert set(rules.values()) == {"SLOW", "FAST"}


def test_other_scenarios_go_alone() -> None:
    assert shared_rules(TIMING.with_name("defects.feature")) == {}
