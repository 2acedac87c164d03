"""Plan and confirmed commit on every release: ports carry traffic, and are as they were."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lagg_tool.lagg import LaggSpec, spec_from_data
from lagg_tool.nas.freebsd.plan import make_plan, removal_plan
from lagg_tool.simulator.release import FREEBSD_13_2, FREEBSD_15
from tests.support.commit_rig import CommitRig

# Those that rc.conf configures; on TrueNAS the middleware does.
RELEASES = (FREEBSD_13_2.name, FREEBSD_15.name)
PORTS = ("vtnet1", "vtnet2", "vtnet3")

releases = st.sampled_from(RELEASES)
ups = st.fixed_dictionaries({port: st.booleans() for port in PORTS})
specs = st.builds(
    lambda protocol, ports, mtu: spec_from_data(
        {
            "name": "lagg0",
            "protocol": protocol,
            "ports": ports,
            "mtu": mtu,
            "addresses": ["192.0.2.1/24"],
        }
    ),
    st.sampled_from(["failover", "loadbalance", "roundrobin", "lacp"]),
    st.permutations(PORTS).flatmap(
        lambda order: st.integers(1, len(PORTS)).map(lambda count: order[:count])
    ),
    st.sampled_from([1500, 9000]),
)


def bench_with(release: str, up: Mapping[str, bool]) -> CommitRig:
    bench = CommitRig(release)
    for port, is_up in up.items():
        bench.nas.run(f"ifconfig {port} {'up' if is_up else 'down'}")
    return bench


def ports_up(bench: CommitRig) -> dict[str, bool]:
    interfaces = bench.state().interfaces
    return {port: interfaces[port].up for port in PORTS}


def remove(bench: CommitRig) -> None:
    plan = removal_plan("lagg0", bench.state())
    bench.tool().apply(plan, lambda host: removal_plan("lagg0", host), hold=False)


@settings(max_examples=10, deadline=None)
@given(releases, ups, specs)
def test_every_port_is_up_after_the_plan_and_as_it_was_after_the_removal(
    release: str, up: dict[str, bool], wanted: LaggSpec
) -> None:
    bench = bench_with(release, up)
    before = bench.said()

    bench.apply(wanted)
    during = ports_up(bench)
    remove(bench)

    assert during == {port: up[port] or port in wanted.ports for port in PORTS}
    assert ports_up(bench) == up
    assert bench.said() == before


@settings(max_examples=10, deadline=None)
@given(releases, ups, specs)
def test_a_change_that_nobody_confirms_leaves_every_port_as_it_was(
    release: str, up: dict[str, bool], wanted: LaggSpec
) -> None:
    bench = bench_with(release, up)
    before = bench.said()

    bench.apply(wanted, hold=True)
    bench.clock.sleep(200)

    assert ports_up(bench) == up
    assert bench.said() == before


@settings(max_examples=8, deadline=None)
@given(releases, ups, specs, specs)
def test_a_port_that_leaves_a_lagg_is_as_it_was(
    release: str, up: dict[str, bool], first: LaggSpec, then: LaggSpec
) -> None:
    bench = bench_with(release, up)
    bench.apply(first)

    if not make_plan(then, bench.state()).empty:
        bench.apply(then)

    assert ports_up(bench) == {port: up[port] or port in then.ports for port in PORTS}


@pytest.mark.parametrize("release", RELEASES)
def test_a_plan_brings_its_ports_up_in_so_many_words(release: str) -> None:
    bench = CommitRig(release)
    wanted = spec_from_data(
        {"name": "lagg0", "protocol": "failover", "ports": ["vtnet2", "vtnet1"]}
    )

    commands = [step.command.text for step in make_plan(wanted, bench.state()).steps]

    for port in ("vtnet1", "vtnet2"):
        assert commands.index(f"ifconfig {port} up") < commands.index(
            f"ifconfig lagg0 laggport {port}"
        )


@pytest.mark.parametrize("release", RELEASES)
def test_after_a_reboot_the_ports_are_up_and_after_a_removal_down_again(release: str) -> None:
    bench = bench_with(release, dict.fromkeys(PORTS, False))
    bench.apply(spec_from_data({"name": "lagg0", "protocol": "lacp", "ports": ["vtnet1"]}))

    bench.nas.reboot()
    rebooted = ports_up(bench)
    remove(bench)

    assert rebooted["vtnet1"]
    assert ports_up(bench) == dict.fromkeys(PORTS, False)
