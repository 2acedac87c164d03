"""Any plan on any NAS: applied it yields the spec, undone the state before, booted the spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st

from lagg_tool.errors import SpecError
from lagg_tool.lagg import LaggSpec, spec_from_data
from lagg_tool.nas.freebsd.plan import make_plan, removal_plan
from lagg_tool.simulator.release import FREEBSD_13_2
from tests.support.commit_rig import CommitRig, spec

RELEASES = (FREEBSD_13_2.name, "freebsd-15")
ADDRESSING: list[dict[str, Any]] = [
    {"dhcp": True, "addresses": []},
    {"dhcp": True},
    {"ipv6_auto": True},
    {"addresses": ["2001:db8:1::7/64"]},
    {"addresses": ["192.0.2.1/24", "2001:db8:1::7/64", "2001:db8:2::7/64"], "ipv6_auto": True},
    {"dhcp": True, "ipv6_auto": True, "addresses": ["2001:db8:1::7/64"]},
]


def said(bench: CommitRig) -> tuple[str, str]:
    """Return the output of ifconfig and rc.conf.

    Without what the driver of em leaves behind (OACTIVE), and without the address of zeros
    that dhclient holds while it asks: its place among the others is dhclient's affair.
    """
    bench.clock.sleep(5)
    text, rc_conf = (each.decode() for each in bench.said())
    text = "".join(line for line in text.splitlines(True) if "\tinet 0.0.0.0 " not in line)
    return text.replace("8c22<BROADCAST,OACTIVE", "8822<BROADCAST").replace(
        "8c43<UP,BROADCAST,RUNNING,OACTIVE", "8843<UP,BROADCAST,RUNNING"
    ), rc_conf


def try_out(bench: CommitRig, wanted: LaggSpec, *, boot: bool = False) -> None:
    """Apply the spec, look, boot if asked, roll back, look."""
    before = said(bench)

    outcome = bench.apply(wanted)
    bench.clock.sleep(100)
    again = make_plan(wanted, bench.state())
    if boot:
        bench.nas.reboot()
        bench.clock.sleep(100)
    booted = make_plan(wanted, bench.state())
    bench.changes().rollback(outcome.token)

    assert [step.command.text for step in again.steps] == []
    assert again.rc == ()
    assert [step.command.text for step in booted.steps] == []
    if not boot:  # an interface that was set up by hand before is otherwise after a boot
        assert said(bench) == before
    assert said(bench)[1] == before[1]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("boot", [False, True])
@pytest.mark.parametrize("changed", ADDRESSING)
def test_addresses_from_the_network_are_applied_booted_and_undone(
    changed: dict[str, Any], release: str, *, boot: bool
) -> None:
    bench = CommitRig(release)

    try_out(bench, spec(**changed), boot=boot)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("changed", ADDRESSING)
def test_addresses_from_the_network_come_and_go_on_a_lagg_that_is_there(
    changed: dict[str, Any], release: str
) -> None:
    bench = CommitRig(release)
    bench.apply(spec())
    try_out(bench, spec(**changed))
    bench.apply(spec(**changed))

    try_out(bench, spec())


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("options", ["", "use_flowid -use_numa", "-use_flowid", "flowid_shift 3"])
def test_defaults_by_sysctl_hold_whether_the_release_heeds_them_or_not(
    options: str, release: str
) -> None:
    bench = CommitRig(release)
    bench.nas.run("sysctl net.link.lagg.default_use_flowid=1 net.link.lagg.default_use_numa=0")
    bench.nas.run("sysctl net.link.lagg.default_flowid_shift=8")

    try_out(bench, spec(**({"options": options} if options else {})))


# What a lagg switches at its ports hides their own settings, which come back when they leave.
OFFLOADING: dict[str, tuple[str, dict[str, Any] | None, dict[str, Any] | None]] = {
    "a protocol that reseats": ("true", {"offload": False}, {"protocol": "lacp"}),
    "on by the lagg alone": (
        "ifconfig em0 -txcsum -tso4",
        {"offload": True},
        {"protocol": "lacp"},
    ),
    "a port that can less": ("true", {"offload": False}, {"ports": ["em0", "vtnet1"]}),
    "another primary": (
        "true",
        {"protocol": "failover", "ports": ["em0", "em1"], "offload": False},
        {"protocol": "failover", "ports": ["em1", "em0"]},
    ),
    "a removal": ("true", {"offload": False}, None),
}


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("case", OFFLOADING)
def test_offloading_outlives_that_ports_are_taken_out_and_put_back(case: str, release: str) -> None:
    line, first, then = OFFLOADING[case]
    bench = CommitRig(release)
    bench.nas.run(line)
    plain = {"ports": ["em0"], "protocol": "loadbalance"}
    bench.apply(spec(**plain | (first or {})))

    if then is not None:
        try_out(bench, spec(**plain | then))
    else:
        remove_and_bring_back(bench)


@pytest.mark.parametrize("release", RELEASES)
def test_the_first_ports_of_an_empty_lagg_bring_their_offloading(release: str) -> None:
    bench = CommitRig(release)
    bench.nas.run("ifconfig lagg0 create laggproto loadbalance")
    wanted = spec(ports=["em0"], protocol="loadbalance")

    bench.apply(wanted)

    assert make_plan(wanted, bench.state()).empty


def remove_and_bring_back(bench: CommitRig) -> None:
    """Remove lagg0, roll back, look."""
    before = said(bench)
    tool, gone = bench.tool(), removal_plan("lagg0", bench.state())
    tool.apply(gone, lambda host: removal_plan("lagg0", host), hold=False)
    bench.changes().rollback(tool.token)
    assert said(bench) == before


PORTS = ("vtnet1", "vtnet2", "vtnet3", "vtnet4", "em0", "em1")
ADDRESSES = ("192.0.2.1/24", "198.51.100.7/25", "203.0.113.9/32", "2001:db8:1::7/64", "fd00::1/48")
OPTIONS = {
    "": ("use_flowid", "-use_flowid", "-use_numa", "flowid_shift 3", "lagghash l3,l4", "-lro"),
    "lacp": ("lacp_fast_timeout", "-lacp_strict"),
    "roundrobin": ("rr_limit 3", "rr_limit 7"),
}
PROTOCOLS = ("lacp", "failover", "loadbalance", "roundrobin", "broadcast")


@st.composite
def specs(draw: st.DrawFn, name: str = "lagg0", ports: tuple[str, ...] = PORTS) -> LaggSpec:
    """Any spec of a lagg that has some of these ports."""
    protocol = draw(st.sampled_from(PROTOCOLS))
    words = st.sampled_from(OPTIONS[""] + OPTIONS.get(protocol, ()))
    chosen = draw(st.lists(words, max_size=3, unique_by=lambda word: word.split()[0].lstrip("-")))
    data = {
        "name": name,
        "protocol": protocol,
        "ports": draw(st.lists(st.sampled_from(ports), min_size=1, max_size=4, unique=True)),
        "description": draw(st.sampled_from(["", "uplink", "it's 50% $HOME; rm -rf / | cat"])),
        "mtu": draw(st.sampled_from([1492, 1500, 4000, 9000])),
        "addresses": draw(st.lists(st.sampled_from(ADDRESSES), max_size=3, unique=True)),
        "dhcp": draw(st.booleans()),
        "ipv6_auto": draw(st.booleans()),
    } | draw(st.sampled_from([{}, {}, {"offload": False}, {"offload": True}]))
    try:
        return spec_from_data(data | ({"options": " ".join(chosen)} if chosen else {}))
    except SpecError:
        assume(False)
        raise


@st.composite
def preparations(draw: st.DrawFn) -> list[str]:
    """Commands that somebody has run on the NAS before."""
    lines: list[str] = []
    for port in PORTS:
        lines += draw(
            st.lists(
                st.sampled_from(
                    [
                        f"ifconfig {port} up",
                        f"ifconfig {port} mtu 4000",
                        f"ifconfig {port} mtu 1400",
                        f"ifconfig {port} description 'to the left'",
                        f"ifconfig {port} -txcsum -tso4",
                        f"sysrc ifconfig_{port}=up",
                    ]
                ),
                max_size=2,
                unique=True,
            )
        )
    lines += draw(
        st.lists(
            st.sampled_from(
                [
                    "sysctl net.link.lagg.default_use_flowid=1",
                    "sysctl net.link.lagg.lacp.default_strict_mode=0",
                    "sysrc cloned_interfaces='bridge0'",
                    "sysrc ifconfig_lagg0='laggproto none'",
                    "sysrc ifconfig_lagg0_alias0='inet 203.0.113.77/32'",
                    "printf '# a comment without an end' >> /etc/rc.conf",
                ]
            ),
            max_size=3,
            unique=True,
        )
    )
    return lines


@dataclass(frozen=True)
class Case:
    """A NAS, what is done to it and which LAGGs it has, and the one that is wanted."""

    release: str
    lines: list[str]
    first: LaggSpec | None
    other: LaggSpec | None
    wanted: LaggSpec
    boot: bool


def on_any_nas(case: Case) -> None:
    """Prepare a NAS, apply the spec, and undo it, after a boot perhaps."""
    bench = CommitRig(case.release)
    for line in case.lines:
        note(line)
        bench.nas.run(line)
        if line.startswith("sysctl "):
            bench.nas.run(f"echo {line.split()[1]} >>/etc/sysctl.conf")
    for each in (case.other, case.first):
        if each is None:
            continue
        note(f"there is {each}")
        plan = make_plan(each, bench.state())
        assume(not plan.findings)
        bench.apply(each)
    plan = make_plan(case.wanted, bench.state())
    assume(not plan.findings and not plan.empty)

    try_out(bench, case.wanted, boot=case.boot)

    if case.first is not None and not case.boot:
        remove_and_bring_back(bench)


CASES = st.builds(
    Case,
    release=st.sampled_from(RELEASES),
    lines=preparations(),
    first=st.none() | specs(),
    other=st.none() | specs("lagg1", ("vtnet4", "em1")),
    wanted=specs(ports=PORTS[:5]),
    boot=st.booleans(),
)
HEALTH = [HealthCheck.too_slow, HealthCheck.filter_too_much]
# An example takes a second, so that shrinking would take minutes.
NO_SHRINKING = (Phase.explicit, Phase.generate)


@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=HEALTH,
    phases=NO_SHRINKING,
)
@given(CASES)
def test_any_plan_yields_the_spec_and_its_inverse_the_state_before(case: Case) -> None:
    on_any_nas(case)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=HEALTH, phases=NO_SHRINKING)
@given(CASES)
def test_many_plans_yield_the_spec_and_their_inverse_the_state_before(case: Case) -> None:
    on_any_nas(case)
