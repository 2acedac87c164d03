from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import cast

import pytest

from lagg_tool.clock import Clock, VirtualClock
from lagg_tool.command import Command, Completed, script
from lagg_tool.errors import (
    DisconnectedError,
    HostKeyError,
    LoginError,
    TargetError,
    UnreachableError,
)
from lagg_tool.evidence import Provenance, TargetResult
from lagg_tool.ssh.connection import Connection
from lagg_tool.suite import restoring
from lagg_tool.suite.kinds import LINUX
from lagg_tool.suite.outage import Outage
from lagg_tool.target import Target, open_target

LOST = DisconnectedError("the connection was lost")


@pytest.fixture(name="nas")
def simulated() -> Iterator[Target]:
    with open_target("sim:") as target:
        yield target


class Lost:
    """Keeps a NAS from answering for some seconds of its own clock."""

    def __init__(self, nas: Target, seconds: float) -> None:
        self._clock: Clock = nas.clock
        self._until = nas.clock.now() + seconds
        self._connect = nas.reconnect
        nas.reconnect = self.reconnect  # type: ignore[method-assign]

    def reconnect(self) -> None:
        if self._clock.now() < self._until:
            raise UnreachableError("nothing answers")
        self._connect()


def outage_of(nas: Target, seconds: float = 60.0) -> tuple[Outage, list[str]]:
    said: list[str] = []
    return Outage(nas, said.append, nas.clock.sleep, seconds), said


def test_a_lost_connection_is_made_again_to_restore(nas: Target) -> None:
    before = restoring.take(nas)
    outage, said = outage_of(nas)
    nas.run(script("ifconfig vtnet1 mtu 1400"))
    nas.hang_up()

    outage.retried(lambda: restoring.restore(nas, before, restoring.Made.of((), nas.ports)))

    assert restoring.take(nas) == before
    assert not outage.over
    assert "it is back after 0 s; it was not booted" in said[0]


def test_a_nas_that_is_back_in_time_is_waited_for(nas: Target) -> None:
    nas.clock.sleep(500.0)
    outage, said = outage_of(nas)
    Lost(nas, 40)

    outage.wait(LOST)

    assert not outage.over
    assert "waiting up to 60 s for it, once" in said[0]
    assert f"was lost ({LOST})" in said[1]
    assert "is back after 40 s" in said[1]


@pytest.mark.parametrize("refusal", [LoginError("no key"), HostKeyError("another key")])
def test_a_nas_that_lets_nobody_in_ends_the_run_and_is_not_called_lost(
    nas: Target, refusal: TargetError
) -> None:
    outage, said = outage_of(nas)
    Lost(nas, 1000)

    outage.wait(refusal)

    assert f"cannot be logged in to, and is not back after 60 s: {refusal}" in outage.over
    assert "lost" not in outage.over + said[0]


def test_a_nas_that_is_not_back_in_time_ends_the_run(nas: Target) -> None:
    outage, _ = outage_of(nas)
    Lost(nas, 1000)

    def act() -> None:
        nas.hang_up()
        nas.run(script("true"))

    with pytest.raises(TargetError):
        outage.retried(act)

    assert "is not back after 60 s" in outage.over


def test_a_nas_is_waited_for_once(nas: Target) -> None:
    outage, _ = outage_of(nas)
    Lost(nas, 10)
    outage.wait(LOST)
    Lost(nas, 10)

    outage.wait(LOST)

    assert "was lost again" in outage.over


def test_a_nas_that_is_back_without_its_test_ports_ends_the_run(nas: Target) -> None:
    outage, _ = outage_of(nas)
    nas.ports = (*nas.ports, "epair7a")
    nas.hang_up()

    outage.wait(LOST)

    assert outage.over.endswith("without its test ports: epair7a")


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.0, 1.5])
def test_a_boot_is_noticed_however_soon_after_the_first_look(nas: Target, seconds: float) -> None:
    nas.clock.sleep(30.3)
    outage, said = outage_of(nas)
    nas.clock.sleep(seconds)
    assert nas.simulated is not None

    for _ in range(2):  # the second is told apart from the first
        nas.simulated.reboot()
        outage.wait(LOST)
        nas.clock.sleep(20.0)
        nas.hang_up()
        outage.wait(LOST)

    assert ["booted meanwhile" in line for line in said] == [True, False] * 2


class LinuxHost:
    """Answers what a Linux host is asked, in its own words; it knows no other command."""

    def __init__(self, uptime: str) -> None:
        links = [{"ifname": "eth1", "flags": ["UP"]}, {"ifname": "eth2"}]
        self._answers = {
            **{look.text: "" for look in LINUX.looks},
            "ip -d -j address show": json.dumps(links),
        }
        self.say_uptime(uptime)

    def say_uptime(self, uptime: str) -> None:
        self._answers[script(f"{LINUX.elapsed}elapsed").text] = f"{uptime}\n"

    def run(self, command: Command, _: float = 30.0) -> Completed:
        known = command.text in self._answers
        return Completed(command, 0 if known else 127, self._answers.get(command.text, ""), "")

    def run_batch(self, commands: Sequence[Command], _: float = 60.0) -> list[Completed]:
        return [self.run(each) for each in commands]

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("uptime", "ports", "over", "words"),
    [
        ("9060", ("eth1", "eth2"), "", "is back after 0 s; it was not booted"),
        # A virtual machine that stood still for 50 s.
        ("9010", ("eth1", "eth2"), "", "is back after 0 s; it was not booted"),
        ("3", ("eth1", "eth2"), "", "is back after 0 s; it was booted meanwhile"),
        # Booted just after the first look, and a second passes while it tells its uptime.
        ("61", ("eth1", "eth2"), "", "is back after 0 s; it was booted meanwhile"),
        ("9060", ("eth1", "eth3"), "is back after 0 s, without its test ports: eth3", ""),
        ("?", ("eth1", "eth2"), "cannot be used: ssh://root@nas does not tell its uptime: ?", ""),
    ],
)
def test_a_linux_host_that_is_back_is_asked_in_its_own_words(
    uptime: str, ports: tuple[str, ...], over: str, words: str
) -> None:
    clock = VirtualClock()
    clock.sleep(100.0)
    host = LinuxHost("9000")
    nas = Target(lambda: cast("Connection", host), clock, ports)
    facts = {"system": "Linux 6.12.0"}
    nas.describe(
        TargetResult("nas", "ssh://root@nas", Provenance.OBSERVED, "Linux", "linux-6.12", "", facts)
    )
    outage, said = outage_of(nas)
    clock.sleep(60.0)
    host.say_uptime(uptime)

    outage.wait(LOST)

    assert outage.over.endswith(over)
    assert bool(outage.over) is bool(over)
    assert words in "".join(said)
