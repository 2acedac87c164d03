"""Plans: golden cases, one JSON file each, and what must hold for every plan."""

from __future__ import annotations

import copy
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lagg_tool.ifconfig import parse
from lagg_tool.lagg import HostState, Management, Protocol, Record, spec_from_data
from lagg_tool.nas.freebsd.boot import next_boot
from lagg_tool.nas.freebsd.observation import read_interfaces
from lagg_tool.nas.freebsd.plan import (
    Plan,
    make_plan,
    observed,
    removal_plan,
    wanted,
)
from lagg_tool.nas.freebsd.plan.steps import steps_between
from lagg_tool.nas.rendering import plan_data, plan_text

CASES = sorted((Path(__file__).parent / "plans").glob("*.json"))


def host_of(case: dict[str, Any]) -> HostState:
    observed = case["observed"]
    return HostState(
        interfaces=read_interfaces(parse("\n".join(observed["ifconfig"]) + "\n")),
        rc_conf=observed["rc_conf"],
        management=Management(*observed["management"]),
        records={
            name: Record(tuple(each["variables"]), tuple(each["ports"]), each["mtus"])
            for name, each in observed["records"].items()
        },
    )


def plan_of(case: dict[str, Any]) -> Plan:
    host = host_of(case)
    if case["spec"] is None:
        return removal_plan(case["remove"], host)
    return make_plan(spec_from_data(case["spec"]), host)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_golden_case_plans_what_it_says(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))

    planned = plan_data(plan_of(case))

    assert {key: planned[key] for key in case["plan"]} == case["plan"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_plan_changes_nothing_in_the_next_boot_that_all_who_ask_share(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    shared = next_boot(host_of(case))
    before = copy.deepcopy(shared)

    plan_data(plan_of(case))

    assert shared == before


def golden(stem: str) -> Plan:
    path = next(path for path in CASES if path.stem == stem)
    return plan_of(json.loads(path.read_text(encoding="utf-8")))


def test_a_plan_reads_as_a_difference_with_its_commands_and_reasons() -> None:
    text = plan_text(golden("protocol-to-lacp-reseats-ports"))

    assert "~ protocol: failover -> lacp\n" in text
    assert "ifconfig lagg0 laggproto lacp " in text
    assert "note: a change from or to LACP leaves the LAGG's link state stale" in text
    assert '~ ifconfig_lagg0="laggproto failover' in text


def test_a_plan_with_nothing_to_do_says_so() -> None:
    plan = golden("nothing")

    assert plan.empty
    assert plan_text(plan) == "lagg0: nothing to do\n"


def test_all_findings_come_at_once() -> None:
    plan = golden("findings")

    assert len(plan.findings) == 4
    assert len(plan.management) == 2


@pytest.mark.parametrize(
    "path", [path for path in CASES if "remove" not in path.stem], ids=lambda path: path.stem
)
def test_the_configuration_that_is_wanted_needs_no_change_when_it_is_there(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    host, spec = host_of(case), spec_from_data(case["spec"])

    target = wanted(spec, host)

    assert steps_between(target, target, host, {}) == ()


LAGGS = st.fixed_dictionaries(
    {
        "name": st.just("lagg0"),
        "protocol": st.sampled_from([each.value for each in Protocol]),
        "ports": st.lists(
            st.sampled_from(["vtnet1", "vtnet2", "vtnet3", "em0", "em1"]),
            min_size=1,
            max_size=4,
            unique=True,
        ),
    },
    optional={
        "mtu": st.integers(1492, 9216),
        "description": st.text("abc '$\"`;|&<>()\\\\", max_size=12).map(
            lambda text: " ".join(text.split())
        ),
        "addresses": st.lists(
            st.sampled_from(["192.0.2.1/24", "198.51.100.7/25", "2001:db8::7/64"]), unique=True
        ),
        "dhcp": st.booleans(),
        "ipv6_auto": st.booleans(),
        "offload": st.booleans(),
    },
)


@given(LAGGS, st.sampled_from([path for path in CASES if "remove" not in path.stem]))
def test_every_word_of_every_plan_survives_the_shell(data: dict[str, Any], path: Path) -> None:
    host = host_of(json.loads(path.read_text(encoding="utf-8")))

    plan = make_plan(spec_from_data(data), host)

    for step in (*plan.steps, *plan.inverse):
        assert tuple(shlex.split(step.command.text)) == step.command.argv
    assert plan_data(plan)


@given(LAGGS)
def test_a_new_lagg_brings_its_ports_up_before_it_takes_them(data: dict[str, Any]) -> None:
    path = next(path for path in CASES if path.stem == "create-13.2")
    host = host_of(json.loads(path.read_text(encoding="utf-8")))

    lines = [step.command.text for step in make_plan(spec_from_data(data), host).steps]

    for port in data["ports"]:
        up, join = f"ifconfig {port} up", f"ifconfig lagg0 laggport {port}"
        assert lines.index(up) < lines.index(join)


def test_a_leased_address_is_nobodys_configuration() -> None:
    path = next(path for path in CASES if path.stem == "nothing")
    case = json.loads(path.read_text(encoding="utf-8"))
    case["observed"]["rc_conf"]["ifconfig_lagg0"] = "laggproto failover laggport vtnet1 DHCP"

    config = observed(host_of(case), "lagg0")

    assert config is not None
    assert (config.dhcp, config.addresses) == (True, ())
