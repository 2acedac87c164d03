"""What a dead run left on a NAS, and the next one undoes."""

from __future__ import annotations

import json

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import script
from lagg_tool.errors import DisconnectedError, HostError
from lagg_tool.nas.freebsd.restoring import Snapshot
from lagg_tool.nas.run_lock import DIRECTORY
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import LEASE_SECONDS, RunLock
from lagg_tool.target import Target
from tests.support.commit_rig import target_of
from tests.support.run_locks import died, hold, waits


@pytest.fixture(scope="module")
def nas() -> Target:
    return target_of(SimulatedNas(VirtualClock()))


def test_what_a_dead_run_changed_is_undone_first(nas: Target) -> None:
    said: list[str] = []
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0")
    following = waits(nas, said)
    changes = (
        "ifconfig lagg0 create; ifconfig lagg0 laggproto lacp laggport vtnet1 192.0.2.1/24 up",
        "ifconfig vtnet2 mtu 1400 up; ifconfig vtnet3 inet 198.51.100.1/24 description mine",
        "ifconfig vtnet4 ether 02:00:00:00:00:07; ifconfig vtnet1 ether 02:00:00:00:00:08",
        "arp -s 198.51.100.7 02:11:22:33:44:55; sysrc cloned_interfaces=lagg0 ifconfig_vtnet1=up",
        "sysctl net.link.lagg.failover_rx_all=1; ifconfig em0 -txcsum",
    )
    for line in changes:
        assert nas.run(script(line)).status == 0
    assert restoring.take(nas) != before

    following.take()

    assert "what the dead run made is taken away first" in said[-2]
    assert "taken away or set back: ifconfig lagg0 destroy" in said[-1]
    assert restoring.take(nas) == before
    following.end()


@pytest.mark.parametrize("verb", ["run", "change"])
def test_what_a_dead_run_changed_is_undone_though_its_heir_died_at_once(
    nas: Target, verb: str
) -> None:
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0")
    heir, following = hold(nas, []), RunLock(nas, print, force=True)
    nas.run(script("ifconfig lagg0 create laggport vtnet1; sysrc ifconfig_lagg0=up"))
    nas.clock.sleep(LEASE_SECONDS + 1)

    def die(*_: object) -> None:
        raise DisconnectedError("the cable")

    heir.keep = die  # type: ignore[assignment,method-assign]
    with pytest.raises(DisconnectedError):
        heir.take()
    following.take() if verb == "run" else following.release_dead()

    assert restoring.take(nas) == before
    following.end()
    assert nas.run(script('ls -d "$1"*', DIRECTORY)).stdout == ""


def test_what_others_changed_stays_and_is_named(nas: Target) -> None:
    """An administrator who works on the NAS after a run has died on it."""
    said: list[str] = []
    before = restoring.take(nas)
    died(nas, "a LAGG lagg0 on port 1")
    following = hold(nas, said)
    for line in (
        "ifconfig lagg0 create laggport vtnet1 192.0.2.1/24 up; sysrc ifconfig_vtnet1=up",
        "sysrc cloned_interfaces+=lagg0 ifconfig_lagg0=up",
        "ifconfig lagg5 create; ifconfig vlan7 create; arp -s 10.0.2.9 02:11:22:33:44:55",
        "sysrc hostname=mynas cloned_interfaces+=lagg5 ifconfig_lagg5=up",
    ):
        assert nas.run(script(line)).status == 0
    nas.clock.sleep(LEASE_SECONDS)

    following.take()

    after = restoring.take(nas)
    assert isinstance(after, Snapshot)
    assert isinstance(before, Snapshot)
    assert set(after.listing.names) - set(before.listing.names) == {"lagg5", "vlan7"}
    assert "10.0.2.9" in after.neighbours
    assert after.rc_conf is not None
    assert 'cloned_interfaces="lagg5"\n' in after.rc_conf
    assert 'hostname="mynas"\n' in after.rc_conf
    assert "ifconfig_lagg5" in after.rc_conf
    assert "lagg0" not in after.rc_conf
    assert "ifconfig_vtnet1" not in after.rc_conf
    left = "; ".join(line for line in said if "not of this run, left" in line)
    assert all(
        name in left for name in ("lagg5", "vlan7", "rc.conf: hostname", "cloned_interfaces")
    )
    following.end()
    nas.run(script("ifconfig lagg5 destroy; ifconfig vlan7 destroy; arp -d 10.0.2.9"))
    nas.run(script("sysrc -x ifconfig_lagg5 cloned_interfaces"))


def test_the_ports_of_a_dead_run_are_kept_for_the_next_one(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()

    mine.keep(["said"], None, ["em0"])
    kept = nas.run(script('cat "$1/before"', DIRECTORY)).stdout

    assert json.loads(kept) == {"said": ["said"], "rows": None, "ports": ["em0"], "bench": ""}
    mine.end()


def test_what_a_dead_run_did_not_test_is_left_as_it_is(nas: Target) -> None:
    before = nas.run(script("ifconfig vtnet1; ifconfig vtnet2")).stdout
    dead, following = hold(nas, []), RunLock(nas, print, force=True)
    dead.take()
    dead.keep(restoring.answer(nas), None, ["vtnet2"])
    nas.run(script("ifconfig vtnet1 mtu 1400; ifconfig vtnet2 mtu 1400"))

    following.take()

    shown = nas.run(script("ifconfig vtnet1; ifconfig vtnet2")).stdout
    assert shown == before.replace("mtu 1500", "mtu 1400", 1)
    nas.run(script("ifconfig vtnet1 mtu 1500"))
    following.end()


def test_what_a_dead_run_left_that_cannot_be_undone_is_tried_again_at_once() -> None:
    """On a NAS, too, that was booted just now."""
    nas = target_of(SimulatedNas(VirtualClock()))
    said: list[str] = []
    answers = restoring.answer(nas)
    dead, heir, following = hold(nas, []), RunLock(nas, said.append, force=True), hold(nas, [])
    dead.take()
    dead.keep([answers[0].replace("mtu 1500", "mtu 99000"), *answers[1:]], None)
    left = r"^sim:: a run died here, and what it left cannot be undone: .*mtu 99000"
    with pytest.raises(HostError, match=left):
        heir.take()
    heir.let_go()
    assert said[-1].endswith("what the dead run made is taken away first")
    begun = nas.clock.now()

    with pytest.raises(HostError, match=left):
        following.take()

    assert nas.clock.now() - begun < 5


def test_names_that_a_dead_run_did_not_write_to_their_end_are_no_part_of_its_record(
    nas: Target,
) -> None:
    following = RunLock(nas, print, force=True)
    died(nas, "a LAGG lagg0")
    nas.run(script('printf vl >>"$1/names"; ifconfig lagg0 create', DIRECTORY))

    following.take()

    assert nas.run(script("ifconfig lagg0")).status != 0
    following.end()
