"""The tutorial follows one scenario: the same commands, and outputs of one run in their order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lagg_tool.cli import main
from lagg_tool.site.assembly import Sources, make_site
from lagg_tool.site.directive import fill_in
from lagg_tool.site.walkthrough import is_same
from lagg_tool.suite.gherkin import read_feature
from tests.support.page_commands import blocks
from tests.support.paths import ROOT

FEATURE = "features/core/tutorial.feature"
PAGE = ROOT / "docs" / "tutorial.md"
# What a step of the scenario is at a keyboard.
TYPED = {
    r'the administrator (?:runs|looks with) "(.*)"': r"\1",
    r"the NAS sends (\d) pings to the host": r"ping -c \1 -i 0.2 192.0.2.254",
    r"the link of port (\d) is lost": r"lagg-tool cable \1 down",
    r"the link of port (\d) returns": r"lagg-tool cable \1 up",
    r"the NAS is rebooted": "reboot",
}


def typed(step: str) -> list[str]:
    return [
        re.sub(r"(?<![a-z])port(\d)", r"vtnet\1", re.sub(pattern, words, step))
        for pattern, words in TYPED.items()
        if re.fullmatch(pattern, step)
    ]


def test_the_commands_of_the_tutorial_are_those_of_its_scenario_in_their_order() -> None:
    document = read_feature(ROOT / FEATURE, FEATURE)
    [pickle] = document.pickles
    page = blocks(PAGE.read_text(encoding="utf-8"))

    commands = [command for block in page for command in block.commands if block.kind == "tried"]

    assert commands == [command for step in pickle.steps for command in typed(step.text)]


def filled_in(directory: Path, target: str) -> tuple[int, str, list[str]]:
    """Run the scenario; return the exit status, the page with its outputs, and the warnings."""
    results = directory / "results.json"
    status = main(["accept", FEATURE, "--target", target, "--results", str(results)])
    site = make_site(Sources(ROOT / "features", (results,), None, (), None))
    warnings: list[str] = []
    page = fill_in(PAGE.read_text(encoding="utf-8"), "tutorial.html", site, warnings.append)
    return status, page, warnings


@pytest.mark.parametrize("release", ["freebsd-13.2", "freebsd-15"])
def test_every_output_of_the_tutorial_comes_from_one_run(tmp_path: Path, release: str) -> None:
    status, page, warnings = filled_in(tmp_path, f"sim:?os={release}")

    assert (status, warnings) == (0, [])
    assert "Not run here" not in page
    assert "The outputs of this page: simulated: run on" in page
    shown = re.findall(r'<div class="ran">.*?</div>', page, re.DOTALL)
    assert len(shown) == page.count("<code>$ ") == PAGE.read_text("utf-8").count("{{ output(")
    marks = ["flags=5&lt;MASTER,ACTIVE", "3 packets received", "flags=1&lt;MASTER", "vtnet0"]
    assert [mark for mark in marks if mark not in "".join(shown)] == []
    assert "vtnet1" in shown[0]
    assert "lagg0" not in shown[-1]  # at the end everything is undone


def test_a_run_that_does_not_come_to_the_end_leaves_a_note_and_no_warning(tmp_path: Path) -> None:
    status, page, warnings = filled_in(tmp_path, "sim:?fault=failover-does-not-divert")

    assert (status, warnings) == (1, [])
    assert "Not run here" in page
    assert page.count("<code>$ ") > 2


@pytest.mark.parametrize(
    ("command", "ran", "same"),
    [
        ("ifconfig vtnet1 up", "ifconfig em0 up", True),
        ("sysrc ifconfig_vtnet1=up", "sysrc ifconfig_igb1=up", True),
        ('sysrc a="b vtnet1"', "sysrc 'a=b em1'", True),
        ("ifconfig lagg0", "ifconfig lagg0 create", False),
        ("ifconfig lagg0", "ifconfig -v", False),
        ("ifconfig lagg0", "echo 'a", False),
    ],
)
def test_a_command_is_known_again_on_ports_of_other_names(
    command: str, ran: str, same: bool
) -> None:
    assert is_same(command, ran) == same
