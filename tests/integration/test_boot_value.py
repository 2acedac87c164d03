"""What rc.conf gets makes a NAS that has what the spec says after a reboot, too."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from lagg_tool.nas.freebsd.plan import as_written, make_plan
from tests.integration.test_plan_property import RELEASES
from tests.support.commit_rig import CommitRig, spec

EM: dict[str, Any] = {"protocol": "failover", "ports": ["em0", "em1"]}
FLOWID = "sysctl net.link.lagg.default_use_flowid=1"
NUMA = "sysctl net.link.lagg.default_use_numa=0"
SHIFT = "sysctl net.link.lagg.default_flowid_shift=8"
STRICT = "sysctl net.link.lagg.lacp.default_strict_mode=0"
PORTS_OFF = "sysrc ifconfig_em0='up -txcsum -tso'; ifconfig em0 up"

# What was there, what is wanted, and the words that rc.conf needs for it.
CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "a default is contradicted": (FLOWID, {"options": "-use_flowid"}, "-use_flowid use_numa"),
    "both words": (FLOWID, {"options": "-use_flowid use_numa"}, "-use_flowid use_numa"),
    "a default is kept": (FLOWID, {}, "use_flowid"),
    "no default": ("true", {"options": "-use_flowid -use_numa"}, "-use_numa"),
    "numa is contradicted": (NUMA, {"options": "use_numa"}, "use_numa"),
    "the shift is contradicted": (SHIFT, {"options": "flowid_shift 16"}, "flowid_shift 16"),
    "the strict mode is": (STRICT, {"protocol": "lacp", "options": "lacp_strict"}, "lacp_strict"),
    "offloading off": (
        "true",
        EM | {"offload": False},
        "-txcsum -rxcsum -txcsum6 -rxcsum6 -tso4 -tso6 -vlanhwtso -lro",
    ),
    "some of it off": ("true", EM | {"options": "-lro"}, "-lro"),
    "offloading on, and off at a port": (PORTS_OFF, EM | {"offload": True}, "txcsum tso4 tso6"),
    "one word on, and off at a port": (PORTS_OFF, EM | {"options": "txcsum"}, "txcsum"),
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("case", CASES)
def test_a_nas_comes_up_as_the_spec_says(case: str, release: str) -> None:
    line, changed, words = CASES[case]
    wanted = spec(**{"protocol": "failover"} | changed)
    bench = CommitRig(release)
    bench.nas.run(line)
    if line.startswith("sysctl "):
        bench.nas.run(f"echo {line.split()[1]} >>/etc/sysctl.conf")

    bench.apply(wanted)
    value = bench.nas.run("sysrc -n ifconfig_lagg0").stdout.decode()
    again = make_plan(wanted, bench.state())
    bench.nas.reboot()
    bench.clock.sleep(100)
    booted = make_plan(wanted, bench.state())

    assert f" {words} " in value.replace("\n", " ").replace(" mtu", "  mtu")
    assert again.empty
    assert booted.empty, [step.command.text for step in booted.steps]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("addresses", [[], ["192.0.2.1/24"]])
def test_behind_a_change_of_the_runtime_only_rc_conf_is_what_is_left(
    addresses: list[str], release: str
) -> None:
    bench = CommitRig(release)
    wanted = spec(dhcp=True, addresses=addresses)
    plan = make_plan(wanted, bench.state())
    runtime = dataclasses.replace(plan, rc=(), record=None)

    bench.tool().apply(
        runtime, lambda host: make_plan(wanted, as_written(host, plan.rc)), hold=False
    )
    at_once = make_plan(wanted, bench.state())
    bench.clock.sleep(1000)  # nobody answers: dhclient sleeps, and asks again
    later = make_plan(wanted, bench.state())

    for left in (at_once, later):
        assert left.steps == ()
        assert left.rc == plan.rc
    without = make_plan(spec(addresses=addresses), bench.state())
    assert any("dhclient" in step.command.text for step in without.steps)


def test_idle_words_that_somebody_wrote_are_left_alone() -> None:
    bench = CommitRig()
    bench.apply(spec(protocol="failover"))
    value = bench.nas.run("sysrc -n ifconfig_lagg0").stdout.decode().strip()
    bench.nas.run(f"sysrc ifconfig_lagg0='{value} -use_flowid use_numa flowid_shift 16'")

    assert make_plan(spec(protocol="failover"), bench.state()).empty

    bench.nas.run(f"sysrc ifconfig_lagg0='{value} -use_flowid'")  # takes use_numa away (B-17)
    assert not make_plan(spec(protocol="failover", options="use_numa"), bench.state()).empty
