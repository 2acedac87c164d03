"""The hold on a NAS, tried on the simulated one."""

from collections.abc import Iterator
from typing import Any

import pytest

from lagg_tool.command import script
from lagg_tool.errors import HostError, UnreadableError
from lagg_tool.suite import restoring
from lagg_tool.suite.lock import DIRECTORY, LEASE_SECONDS, RENEW_SECONDS, RunLock
from lagg_tool.target import Target, open_target


@pytest.fixture(scope="module")
def nas() -> Iterator[Target]:
    with open_target("sim:") as target:
        yield target


def hold(nas: Target, said: list[str]) -> RunLock:
    return RunLock(nas, said.append)


def test_a_hold_is_taken_and_ended_without_a_trace(nas: Target) -> None:
    said: list[str] = []
    mine = hold(nas, said)

    mine.take()
    owner = nas.run(script('cat "$1/owner"', DIRECTORY)).stdout
    mine.end()

    assert owner == f"{mine.owner}\n"
    assert nas.run(script('ls "$1"', DIRECTORY)).status != 0
    assert said == []


def test_a_run_that_stays_silent_loses_the_nas_and_one_that_renews_does_not(nas: Target) -> None:
    said: list[str] = []
    dead, following = hold(nas, said), hold(nas, said)
    dead.take()
    nas.clock.sleep(LEASE_SECONDS / 2)
    dead.renew()
    renewed = nas.clock.now()

    following.take()

    assert nas.clock.now() - renewed >= LEASE_SECONDS
    assert len(said) == 1
    assert dead.owner in said[0]
    nas.clock.sleep(RENEW_SECONDS)
    with pytest.raises(HostError, match="another run took the NAS over"):
        dead.renew()
    dead.end()  # is not its any more
    following.renew()
    following.end()


def test_what_a_dead_run_changed_is_undone_first(nas: Target) -> None:
    said: list[str] = []
    before = restoring.take(nas)
    dead, following = hold(nas, said), hold(nas, said)
    dead.take()
    dead.keep(restoring.answer(nas), None)
    changes = (
        "ifconfig lagg0 create; ifconfig lagg0 laggproto lacp laggport vtnet1 192.0.2.1/24 up",
        "ifconfig vtnet2 mtu 1400 up; ifconfig vtnet3 inet 198.51.100.1/24 description mine",
        "ifconfig vtnet4 ether 02:00:00:00:00:07; ifconfig vtnet1 ether 02:00:00:00:00:08",
        "arp -s 198.51.100.7 02:11:22:33:44:55; sysrc lagg_tool_test=1 ifconfig_vtnet1=up",
        "sysctl net.link.lagg.failover_rx_all=1; ifconfig em0 -txcsum",
    )
    for line in changes:
        assert nas.run(script(line)).status == 0
    assert restoring.take(nas) != before

    following.take()

    assert "a run died here" in said[-1]
    assert restoring.take(nas) == before
    following.end()


def test_what_cannot_be_undone_is_named_with_its_command(nas: Target) -> None:
    said = restoring.answer(nas)
    impossible = restoring.understand([said[0].replace("mtu 1500", "mtu 99000"), *said[1:]])

    with pytest.raises(AssertionError, match="cannot be undone: ifconfig vtnet1 mtu 99000"):
        restoring.restore(nas, impossible)

    assert restoring.take(nas) == restoring.understand(said)


def test_nothing_is_undone_while_the_nas_does_not_say_how_it_is(nas: Target) -> None:
    before = restoring.answer(nas)
    nas.run(script("mv /sbin/ifconfig /sbin/gone"))

    with pytest.raises(UnreadableError, match="ifconfig"):
        restoring.restore(nas, restoring.understand(before))

    nas.run(script("mv /sbin/gone /sbin/ifconfig"))
    assert restoring.answer(nas) == before


def test_the_manual_restore_commands_leads_there_from_anywhere(nas: Target) -> None:
    before = restoring.take(nas)
    nas.run(script("ifconfig lagg0 create; ifconfig lagg0 laggport vtnet1 up"))
    nas.run(
        script("ifconfig vtnet2 up mtu 1400; sysrc a=b; sysctl net.link.lagg.failover_rx_all=1")
    )

    commands = restoring.manual_restore_commands(before, nas.ports)
    for command in commands:
        nas.run(script(command.text))

    assert restoring.take(nas) == before


def test_a_reboot_does_not_end_a_hold(nas: Target) -> None:
    mine = hold(nas, [])
    mine.take()
    nas.clock.sleep(RENEW_SECONDS)
    assert nas.simulated is not None

    nas.simulated.reboot()
    nas.reconnect()
    mine.renew()

    mine.end()


def round_trips(nas: Target) -> int:
    """Return the number of channels so far: each command or batch has one."""
    transport: Any = nas.connection._client._transport
    return int(transport._channel_counter)


def test_restoring_takes_two_round_trips(nas: Target) -> None:
    before = restoring.take(nas)
    words = "ifconfig lagg0 create; ifconfig vtnet1 mtu 1400; ifconfig lagg0 laggport vtnet1 up"
    nas.run(script(f"{words}; arp -s 198.51.100.7 02:11:22:33:44:55"))
    begun = round_trips(nas)

    restoring.restore(nas, before)

    assert round_trips(nas) - begun == 2
    assert restoring.take(nas) == before


def test_what_was_not_changed_takes_one_round_trip(nas: Target) -> None:
    before = restoring.take(nas)
    begun = round_trips(nas)

    restoring.restore(nas, before)

    assert round_trips(nas) - begun == 1
