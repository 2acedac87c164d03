"""Restoring a NAS after a scenario: what it takes, and what it says."""

from __future__ import annotations

import pytest

from lagg_tool.clock import VirtualClock
from lagg_tool.command import script
from lagg_tool.errors import UnreadableError
from lagg_tool.simulator.nas import SimulatedNas
from lagg_tool.suite import restoring
from lagg_tool.target import Target
from tests.support.commit_rig import target_of
from tests.support.run_locks import made, round_trips


@pytest.fixture(scope="module")
def nas() -> Target:
    return target_of(SimulatedNas(VirtualClock()))


def test_what_cannot_be_undone_is_named_with_its_command(nas: Target) -> None:
    said = restoring.answer(nas)
    impossible = restoring.understand([said[0].replace("mtu 1500", "mtu 99000"), *said[1:]])

    with pytest.raises(AssertionError, match="cannot be undone: ifconfig vtnet1 mtu 99000"):
        restoring.restore(nas, impossible, made(nas))

    assert restoring.take(nas) == restoring.understand(said)


def test_nothing_is_undone_while_the_nas_does_not_say_how_it_is(nas: Target) -> None:
    before = restoring.answer(nas)
    nas.run(script("mv /sbin/ifconfig /sbin/gone"))

    with pytest.raises(UnreadableError, match="ifconfig"):
        restoring.restore(nas, restoring.understand(before), made(nas))

    nas.run(script("mv /sbin/gone /sbin/ifconfig"))
    assert restoring.answer(nas) == before


def test_the_manual_restore_commands_leads_there_from_anywhere(nas: Target) -> None:
    before = restoring.take(nas)
    nas.run(script("ifconfig lagg0 create; ifconfig lagg0 laggport vtnet1 up"))
    nas.run(
        script("ifconfig vtnet2 up mtu 1400; sysrc a=b; sysctl net.link.lagg.failover_rx_all=1")
    )

    commands = restoring.manual_restore_commands(nas, before)
    for command in commands:
        nas.run(script(command.text))

    assert restoring.take(nas) == before


def test_restoring_takes_two_round_trips(nas: Target) -> None:
    before = restoring.take(nas)
    words = "ifconfig lagg0 create; ifconfig vtnet1 mtu 1400; ifconfig lagg0 laggport vtnet1 up"
    nas.run(script(f"{words}; arp -s 198.51.100.7 02:11:22:33:44:55"))
    begun = round_trips(nas)

    restoring.restore(nas, before, made(nas))

    assert round_trips(nas) - begun == 2
    assert restoring.take(nas) == before


def test_what_was_not_changed_takes_one_round_trip(nas: Target) -> None:
    before = restoring.take(nas)
    begun = round_trips(nas)

    restoring.restore(nas, before, made(nas))

    assert round_trips(nas) - begun == 1
