"""What a dead run left in the database of a TrueNAS, tried on the simulated one."""

from typing import Any

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import script
from lagg_tool.errors import HostError, RefusedError
from lagg_tool.lagg import LaggSpec, Protocol
from lagg_tool.nas.contract import ApplyOptions, Request
from lagg_tool.nas.opening import open_nas
from lagg_tool.nas.run_lock import TRUENAS_DIRECTORY
from lagg_tool.nas.truenas.midclt import call
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.simulator.release import TRUENAS_13_3
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import LEASE_SECONDS, RunLock
from lagg_tool.target import Target
from tests.support.commit_rig import target_of

SPEC = LaggSpec("lagg0", Protocol.FAILOVER, ("vtnet1", "vtnet2"))
LAGG = {
    "type": "LINK_AGGREGATION",
    "name": "lagg0",
    "lag_protocol": "FAILOVER",
    "lag_ports": ["vtnet2", "vtnet1"],
    "aliases": [{"type": "INET", "address": "192.0.2.1", "netmask": 24}],
}
VLAN = {"type": "VLAN", "name": "vlan7", "vlan_parent_interface": "lagg0", "vlan_tag": 7}
COMMIT = ("interface.commit", {"rollback": False})
DHCP = ("interface.update", "vtnet3", {"ipv4_dhcp": True, "description": "mine"})
MADE: dict[str, list[tuple[Any, ...]]] = {
    "committed for good": [("interface.create", LAGG), ("interface.create", VLAN), DHCP, COMMIT],
    "not committed": [("interface.create", LAGG), DHCP],
    "not checked in": [("interface.create", LAGG), ("interface.commit", {"checkin_timeout": 3600})],
}


@pytest.fixture
def nas() -> Target:
    return target_of(SimulatedNas(VirtualClock(), TRUENAS_13_3))


def stable(rows: restoring.Rows | None) -> object:
    """Return the rows without what the kernel reports about them."""
    assert rows is not None
    return rows.pending, {
        name: {key: value for key, value in item.items() if key != "state"}
        for name, item in rows.items.items()
    }


def change(nas: Target, calls: list[tuple[Any, ...]]) -> None:
    for method, *arguments in calls:
        assert nas.run(call(method, *arguments), 60.0).status == 0


def die(nas: Target, calls: list[tuple[Any, ...]]) -> restoring.Snapshot:
    """Begin as a run does, change something, and be heard of no more."""
    dead = RunLock(nas, lambda _: None)
    dead.take()
    before = restoring.answer(nas)
    dead.keep(before, restoring.take_rows(nas))
    dead.add(["a LAGG lagg0", "a VLAN vlan7"])
    change(nas, calls)
    nas.clock.sleep(LEASE_SECONDS)
    return restoring.understand(before)


def _not_waiting(seconds: float) -> None:
    raise AssertionError(f"it waits {seconds:g} s")


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize("made", MADE)
def test_the_rows_that_a_dead_run_made_are_taken_out_again(
    nas: Target, made: str, *, reboot: bool
) -> None:
    rows = stable(restoring.take_rows(nas))
    before = die(nas, MADE[made])
    if reboot:  # which makes for good what nobody checked in (B-13)
        assert nas.simulated is not None
        nas.simulated.reboot()
        nas.reconnect()
    assert stable(restoring.take_rows(nas)) != rows
    said: list[str] = []
    following = RunLock(nas, said.append)

    following.take()

    assert "what the dead run made is taken away first" in "\n".join(said)
    assert stable(restoring.take_rows(nas)) == rows
    assert restoring.take(nas).names == before.names
    following.end()


def test_the_rows_of_others_stay_and_are_named(nas: Target) -> None:
    others = {**LAGG, "name": "lagg5", "lag_ports": ["em0"], "aliases": []}
    die(nas, [("interface.create", LAGG), ("interface.create", others), COMMIT])
    said: list[str] = []
    following = RunLock(nas, said.append)

    following.take()

    rows = restoring.take_rows(nas)
    assert rows is not None
    assert "lagg5" in rows.items
    assert "lagg0" not in rows.items
    assert any("not of this run, left: the middleware's lagg5" in line for line in said)
    following.end()


def test_a_change_is_not_committed_while_a_run_has_the_nas(nas: Target) -> None:
    host = open_nas(nas)
    plan = host.plan(Request("lagg0", SPEC), host.observe())
    rows = stable(restoring.take_rows(nas))
    mine = RunLock(nas, lambda _: None)
    mine.take()

    with pytest.raises(RefusedError, match="a run of lagg-tool accept has the NAS"):
        host.apply(plan, ApplyOptions())

    assert stable(restoring.take_rows(nas)) == rows
    mine.end()


def test_what_the_middleware_refuses_is_said_with_the_calls_that_are_left(nas: Target) -> None:
    die(nas, MADE["committed for good"])
    nas.run(script("mv /usr/local/bin/midclt /usr/local/bin/real"))
    nas.run(script("cp -p /usr/local/bin/real /usr/local/bin/midclt"))  # with its mode
    text = (
        "#!/bin/sh\ncase $2 in *.delete) echo '[EFAULT] no' >&2; exit 1 ;; esac\n"
        'exec /usr/local/bin/real "$@"\n'
    )
    nas.run(script('printf %s "$1" >/usr/local/bin/midclt', text))

    with pytest.raises(HostError, match="cannot be undone") as failed:
        RunLock(nas, lambda _: None).take()

    said = str(failed.value)
    assert "[EFAULT] no; still to do, as root: midclt call interface.delete" in said
    assert "midclt call interface.commit" in said
    nas.run(script("mv /usr/local/bin/real /usr/local/bin/midclt"))
    RunLock(nas, lambda _: None, _not_waiting).take()  # at once, not when its time has come
    rows = restoring.take_rows(nas)
    assert rows is not None
    assert "lagg0" not in rows.items


def test_changes_that_were_pending_before_the_run_stay_as_they_are(nas: Target) -> None:
    nas.run(call("interface.update", "vtnet4", {"mtu": 4000}))
    before = restoring.take_rows(nas)

    restoring.restore_rows(nas, before, restoring.Made.of({"lagg0"}, nas.ports))

    assert restoring.take_rows(nas) == before
    assert before is not None
    assert before.pending


def test_the_manual_restore_commands_goes_through_the_middleware(nas: Target) -> None:
    rows, before = restoring.take_rows(nas), restoring.take(nas)
    change(nas, [("interface.create", LAGG), DHCP, COMMIT])

    for command in restoring.manual_restore_commands(nas, before, rows):
        nas.run(command, 60.0)

    assert stable(restoring.take_rows(nas)) == stable(rows)


def test_what_is_kept_survives_a_reboot_of_a_product_that_keeps_only_data(nas: Target) -> None:
    RunLock(nas, lambda _: None).take()

    kept = nas.run(script('cat "$1/owner"', TRUENAS_DIRECTORY))

    assert kept.status == 0
