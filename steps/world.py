"""What the step definitions work with: one scenario's view of the NAS and of its ports.

Ports have numbers, those of the bench: 1 is the first test port. In a command line and in
an expectation ``port1`` stands for the name that the NAS has for it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

import pytest

from lagg_tool.command import Command, Completed, Effect, change, read, script
from lagg_tool.errors import RefusedError, TargetError
from lagg_tool.evidence import NoteEvent, WaitEvent
from lagg_tool.ifconfig import Interface, Port, parse
from lagg_tool.nas.elapsed import ELAPSED
from lagg_tool.target import Target
from lagg_tool.testbed.contract import Capability, Capture, Direction, Frame, Question, Testbed
from lagg_tool.testbed.partner import Partner, VirtualSwitch
from lagg_tool.wire import icmp, ip
from lagg_tool.wire.ethernet import Ethernet, EtherType, mac

# Documentation addresses (RFC 5737); the neighbour does not exist unless a step plays it.
NAS_ADDRESS = "192.0.2.1/24"
NAS = IPv4Address("192.0.2.1")
NEIGHBOUR = IPv4Address("192.0.2.9")
NEIGHBOUR_MAC = mac("02:11:22:33:44:55")
# What the NAS sends on its own, or answers, comes within milliseconds, emulated too (the
# recordings): the cables have been quiet for so long, or it is no answer any more.
QUIET_SECONDS = 0.2
SETTLE_SECONDS = 0.5
REBOOT_SECONDS = 600.0
T = TypeVar("T")
# No host is back before; whoever knocks earlier waits for a connection that nobody takes.
SHORTEST_REBOOT_SECONDS = 5.0


@dataclass(frozen=True)
class Sent:
    """A frame that the NAS sent on a port."""

    port: int
    ethernet: Ethernet
    data: bytes
    at: float

    @property
    def packet(self) -> ip.Ipv4 | None:
        """The IPv4 packet in it, if there is one."""
        if self.ethernet.ethertype != EtherType.IPV4:
            return None
        return ip.Ipv4.parse(self.ethernet.payload)

    @property
    def echo(self) -> icmp.Icmp | None:
        """The ICMP message in it, if there is one."""
        packet = self.packet
        if packet is None or packet.protocol != ip.Protocol.ICMP:
            return None
        return icmp.Icmp.parse(packet.payload)


@dataclass(repr=False)  # in a failure's text, its fields would say nothing
class World:
    """The NAS and its ports during one scenario."""

    target: Target
    own_addresses: Mapping[str, int]  # the ports' own MAC addresses, to their numbers
    taken: Collection[str] = ()  # names of interfaces that the NAS had before
    laggs: list[str] = field(default_factory=lambda: ["lagg0"])  # that LACP is looked at of
    answer: Completed | None = None
    pings: int = 0
    cables: list[str] = field(default_factory=list)
    afterwards: list[Command] = field(default_factory=list)  # what leads back, besides
    rounds: list[Mapping[IPv4Address, tuple[int, ...]]] = field(default_factory=list)
    first: int | None = None  # the port that is the first of its driver (unit 0)
    other: int | None = None
    partners: list[Partner] = field(default_factory=list)
    partner_ports: list[int] = field(default_factory=list)
    host: IPv4Address | IPv6Address | None = None  # that pings are sent to
    _capture: Capture | None = None
    _mark: int = 0

    # --- ports ---

    def name(self, number: int) -> str:
        """Return the NAS's name of a test port; skip where there is none."""
        names = self.target.ports
        if number > len(names):
            pytest.skip(f"port {number} is needed and the target has {len(names)} test ports")
        return names[number - 1]

    def named(self, text: str) -> str:
        """Return a text with the ports' names in the place of port1, port2 and so on."""
        return re.sub(r"\bport(\d)\b", lambda found: self.name(int(found[1])), text)

    # --- commands ---

    def run(self, command: Command, deadline: float = 30.0) -> Completed:
        """Run a command and keep its answer for the steps that follow."""
        self.mark()
        [self.answer] = self._permitted([command], deadline)
        self.settle()
        return self.answer

    def administrator(self, line: str) -> Completed:
        """Run what an administrator typed: one program with its words."""
        return self.run(change(*shlex.split(self.named(line))))

    def must(self, *lines: Sequence[str]) -> None:
        """Run commands that have to succeed for the scenario to make sense."""
        self.mark()
        for done in self._permitted([change(*argv) for argv in lines]):
            assert done.status == 0, f"{done.command.text}: {done.stderr.strip()}"
        self.settle()

    def _permitted(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands; skip where the run is read-only and they may change the NAS."""
        try:
            if len(commands) == 1:
                return [self.target.run(commands[0], deadline)]
            return self.target.run_batch(commands, deadline)
        except RefusedError:
            pytest.skip("it changes the NAS, and the run is read-only")

    def reboot(self, command: Command) -> None:
        """Reboot the NAS, which ends the connection, and go on over a new one."""
        self.unless_bench_lacks(Capability.REBOOT)
        before = self.target.clock.now() - self._elapsed()
        try:
            self._permitted([command])
        except TargetError as lost:
            self.note(f"the connection ended: {lost}")
        self.target.clock.sleep(SHORTEST_REBOOT_SECONDS)
        assert self.wait_until(lambda: self._rebooted(before), REBOOT_SECONDS, "the NAS is back")

    def _elapsed(self) -> int:
        """Return the whole seconds since the NAS was booted."""
        done = self.target.run(script(f"{ELAPSED}elapsed", effect=Effect.READ))
        assert done.status == 0, done.stderr.strip()
        return int(done.stdout)

    def _rebooted(self, before: float) -> bool:
        """Whether it was booted later than it had been ``before``, on our clock.

        That of the NAS may be set at a boot, or at any time.
        """
        try:
            self.target.reconnect()
            asked = self.target.clock.now()
            return asked - self._elapsed() > before + 1
        except TargetError:
            return False

    def script(self, text: str, *args: str) -> Completed:
        """Run a constant script with arguments."""
        return self.run(script(text, *args))

    def interface(self, name: str) -> Interface:
        """Return what ifconfig -v shows of an interface."""
        name = self.named(name)
        done = self.target.run(read("ifconfig", "-v", name))
        assert done.status == 0, done.stderr.strip()
        return parse(done.stdout)[name]

    def lagg_ports(self) -> dict[str, Port]:
        """Return the ports of the scenario's LAGGs by their names."""
        return {port.name: port for lagg in self.laggs for port in self.interface(lagg).ports}

    # --- time ---

    def settle(self) -> None:
        """Let frames on their way arrive: until the cables are quiet, if they ever are."""
        bench, clock = self.target.bench, self.target.clock
        if bench is None:
            return
        began = clock.now()
        while (left := min(self._quiet(began), began + SETTLE_SECONDS) - clock.now()) > 0:
            clock.sleep(left)
        bench.synchronise()

    def _quiet(self, began: float) -> float:
        """Return from when on the cables will have been quiet for long enough."""
        frames = self._capture.frames if self._capture is not None else []
        return max(began, frames[-1].at if frames else began) + QUIET_SECONDS

    def wait_until(self, condition: Callable[[], bool], seconds: float, reason: str) -> bool:
        """Look once a second until a condition holds; the looks are evidence themselves."""
        clock = self.target.clock
        began = clock.now()
        while not (held := condition()) and clock.now() < began + seconds:
            clock.sleep(1.0)
        if self.target.bench is not None:
            self.target.bench.synchronise()
        self.target.journal.emit(WaitEvent(began, clock.now() - began, reason))
        return held

    def note(self, text: str) -> None:
        """Record an observation."""
        self.target.journal.emit(NoteEvent(self.target.clock.now(), text))

    # --- frames ---

    def bench(self, *capabilities: Capability) -> Testbed:
        """Return the bench; skip where there is none, or none that can do this."""
        bench = self.target.bench
        if bench is None:
            pytest.skip("a bench at the ports is needed")
        for capability in capabilities:
            if capability not in bench.capabilities:
                pytest.skip(f"the {bench.kind} bench cannot {capability.value}")
        return bench

    def unless_bench_lacks(self, capability: Capability) -> None:
        """Skip where there is a bench and it cannot do this; without one there is no need."""
        if self.target.bench is not None:
            self.bench(capability)

    def switch(self) -> VirtualSwitch:
        """Return the switch at the ports; it is plugged in when it is first asked for."""
        bench = self.bench(Capability.PARTNER)
        return bench.switch or bench.plug_switch()

    def mark(self) -> None:
        """From here on, frames count."""
        if self.target.bench is not None:
            if self._capture is None:
                self._capture = self.target.bench.capture()
            self.target.bench.synchronise()
            self._mark = len(self._capture.frames)

    def frames(self, *, all_of_them: bool = False) -> list[Frame]:
        """Return the frames of both directions since the last action, or since the first."""
        self.bench(Capability.CAPTURE)
        assert self._capture is not None, "frames are looked at after something was done"
        return self._capture.frames[0 if all_of_them else self._mark :]

    def sent(self) -> list[Sent]:
        """Return what the NAS sent since the last action, in order."""
        found = []
        for frame in self.frames():
            if frame.direction is Direction.FROM_NAS:
                ethernet = Ethernet.parse(frame.data)
                if ethernet is not None:
                    found.append(Sent(frame.port, ethernet, frame.data, frame.at))
        return found

    def requests(self) -> list[int]:
        """Return the ports of the echo requests that the NAS sent, in order."""
        kind = icmp.Type4.ECHO_REQUEST
        return [s.port for s in self.sent() if (echo := s.echo) and echo.type == kind]

    def replies(self) -> list[Sent]:
        """Return the echo replies that the NAS sent, in order."""
        kind = icmp.Type4.ECHO_REPLY
        return [s for s in self.sent() if (echo := s.echo) and echo.type == kind]

    def datagrams(self) -> list[int]:
        """Return the ports of the UDP datagrams that the NAS sent, in order."""
        packets = ((s.port, s.packet) for s in self.sent())
        return [port for port, p in packets if p and p.protocol == ip.Protocol.UDP]

    @contextmanager
    def keeping(self, wanted: Callable[[Frame], bool]) -> Iterator[None]:
        """Let only some frames become evidence meanwhile: a flood is better counted."""
        bench = self.bench()
        bench.journalled = wanted
        yield
        bench.journalled = lambda _frame: True

    def inject(self, frames: Iterable[tuple[int, bytes]]) -> None:
        """Send frames to the NAS, each on its port, and give it time to answer."""
        bench = self.bench(Capability.FORGE)
        self.mark()
        for port, frame in frames:
            self.name(port)
            bench.send(port, frame)
        self.settle()

    def ask(self, questions: Sequence[Question]) -> None:
        """Let hosts behind the ports ask the NAS for echoes, and give it time to answer."""
        bench = self.bench(Capability.ASK)
        for question in questions:
            self.name(question.port)
        self.mark()
        self.attempt(lambda: bench.ask(questions))
        self.settle()

    def attempt(self, action: Callable[[], T]) -> T:
        """Do what not every bench can do so; skip where this one refuses."""
        try:
            return action()
        except RefusedError as error:
            pytest.skip(str(error))

    def lagg_mac(self) -> bytes:
        """Return the MAC address of lagg0."""
        ether = self.interface("lagg0").ether
        assert ether is not None
        return mac(ether)


def question(
    to: bytes,
    port: int,
    source: IPv4Address = NEIGHBOUR,
    hardware: bytes = NEIGHBOUR_MAC,
    sequence: int = 0,
) -> Question:
    """Return the echo request of a host on the NAS's network."""
    return Question(port, source, hardware, NAS, to, sequence)


def numbers(text: str) -> tuple[int, ...]:
    """Return the ports of a phrase such as ``ports 1, 2 and 3`` or ``port 2``."""
    return tuple(int(digits) for digits in re.findall(r"\d+", text))


def counts(ports: Sequence[int]) -> str:
    """Say how many of something went by each port."""
    each = ", ".join(f"{ports.count(port)} by port {port}" for port in sorted(set(ports)))
    return each or "none"
