"""One scenario's view of the NAS, of its ports and of what is plugged in at them.

Ports have numbers, those of the testbed: 1 is the first test port. In a command line and in
an expectation ``port1`` is replaced by the name that the NAS has for it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from lagg_tool.command import Command, Completed, change, read, script
from lagg_tool.errors import RefusedError
from lagg_tool.evidence import NoteEvent, WaitEvent
from lagg_tool.ifconfig import Interface, Port, parse
from lagg_tool.lagg.watching import new_lines
from lagg_tool.nas.networks import Network, taken_in
from lagg_tool.target import Target
from lagg_tool.testbed.contract import Capability, Capture, Frame, Question, Testbed
from lagg_tool.testbed.partner import Partner, VirtualSwitch
from lagg_tool.wire import icmp, ip
from lagg_tool.wire.ethernet import mac
from steps.world.dialects import Dialect, FreeBSD, dialect_of
from steps.world.frames import Sent, sent_by_nas
from steps.world.phrases import numbers

# What the NAS sends on its own, or answers, comes within milliseconds, emulated too (the
# recordings): after so long without a frame, nothing more is an answer.
QUIET_SECONDS = 0.2
SETTLE_SECONDS = 0.5
# A host under emulation, or the far end at it, may take seconds for what takes milliseconds.
PATIENCE_SECONDS = 5.0
# Linux, and FreeBSD with kern.msgbuf_show_timestamp, put the time before each message.
_TIMESTAMP = re.compile(r"^\[ *[\d.]+\] ")
T = TypeVar("T")
LAGG = FreeBSD.aggregate


@dataclass(repr=False)  # in the text of a failure, its fields would not help
class World:
    """The NAS and its ports during one scenario."""

    target: Target
    own_addresses: Mapping[str, int]  # the ports' own MAC addresses, to their numbers
    networks: Mapping[Network, str] = field(default_factory=dict)  # that the NAS had before
    laggs: list[str] = field(default_factory=lambda: [LAGG])  # whose ports are looked at
    afterwards: list[Command] = field(default_factory=list)  # what undoes more than that
    partners: list[Partner] = field(default_factory=list)
    partner_ports: list[int] = field(default_factory=list)
    refused: str = ""  # by a middleware, which no step has expected yet
    _logged_before: Sequence[str] = ()
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
        return re.sub(r"(?<![A-Za-z0-9])port(\d)\b", lambda found: self.name(int(found[1])), text)

    def names(self, ports: str) -> list[str]:
        """Return the NAS's names of the ports of a phrase such as ``ports 1 and 2``."""
        return [self.name(number) for number in numbers(ports)]

    def owner(self, address: str) -> str:
        """Return whose burned-in MAC address it is, or the address."""
        number = self.own_addresses.get(address)
        return f"that of port {number}" if number else address

    def unless_taken(self, address: str) -> None:
        """Skip where the NAS has the network of an address of its own."""
        if taken := taken_in([address], self.networks):
            pytest.skip(f"the NAS has {' and '.join(taken)} of its own, which the scenario uses")

    # --- commands ---

    def run(self, command: Command, deadline: float = 60.0) -> Completed:
        """Run a command; frames count from it on."""
        self.mark()
        [done] = self.permitted([command], deadline)
        self.settle()
        return done

    def administrator(self, line: str) -> Completed:
        """Run what an administrator typed: one program with its words."""
        return self.run(change(*shlex.split(self.named(line))))

    def must(self, *lines: Sequence[str]) -> None:
        """Run commands without whose success the scenario makes no sense."""
        self.mark()
        for done in self.permitted([change(*argv) for argv in lines]):
            assert done.status == 0, f"{done.command.text}: {done.stderr.strip()}"
        self.settle()

    def permitted(self, commands: Sequence[Command], deadline: float = 60.0) -> list[Completed]:
        """Run commands; skip where the run is read-only and they may change the NAS."""
        try:
            if len(commands) == 1:
                return [self.target.run(commands[0], deadline)]
            return self.target.run_batch(commands, deadline)
        except RefusedError:
            pytest.skip("it changes the NAS, and the run is read-only")

    def script(self, text: str, *args: str) -> Completed:
        """Run a constant script with arguments."""
        return self.run(script(text, *args))

    def interface(self, name: str) -> Interface:
        """Return what ifconfig -v shows of an interface."""
        name = self.named(name)
        done = self.target.run(read("ifconfig", "-v", name))
        assert done.status == 0, f"{done.command.text}: {done.stderr.strip()}"
        return parse(done.stdout)[name]

    def lagg_ports(self) -> dict[str, Port]:
        """Return the ports of the scenario's LAGGs by their names."""
        return {port.name: port for lagg in self.laggs for port in self.interface(lagg).ports}

    # --- the kernel's log ---

    def put_log_aside(self) -> None:
        """Begin to count messages of the kernel here."""
        self._logged_before = self._log()

    def logged(self) -> Sequence[str]:
        """Return what the kernel logged since the scenario began, or its log was put aside."""
        return new_lines(self._logged_before, self._log())

    def _log(self) -> list[str]:
        done = self.target.run(read("dmesg"))
        if done.status:  # without a look nothing is "not logged"
            pytest.skip(f"the kernel's log cannot be read: {done.stderr.strip()}")
        return [_TIMESTAMP.sub("", line) for line in done.stdout.splitlines()]

    # --- time ---

    def settle(self) -> None:
        """Wait for frames on their way, until the cables are quiet, if they ever are."""
        testbed, clock = self.target.testbed, self.target.clock
        if testbed is None:
            return
        began = clock.now()
        while (left := min(self._quiet(began), began + SETTLE_SECONDS) - clock.now()) > 0:
            clock.sleep(left)
        testbed.synchronise()

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
        if self.target.testbed is not None:
            self.target.testbed.synchronise()
        self.target.journal.emit(WaitEvent(began, clock.now() - began, reason))
        return held

    def expect(self, holds: Callable[[], bool], failure: Callable[[], str]) -> None:
        """Wait for what is on its way until something holds; fail with these words if not.

        What is expected is waited for; only that nothing comes needs time that passes.
        """
        held = holds() or self.testbed().wait_until(holds, PATIENCE_SECONDS, "expected frames")
        assert held, failure()

    def expect_state(self, holds: Callable[[], bool], failure: Callable[[], str]) -> None:
        """Look at the NAS until something holds; fail with these words if it does not."""
        held = holds() or self.wait_until(holds, PATIENCE_SECONDS, "an expected state")
        assert held, failure()

    def note(self, text: str) -> None:
        """Record an observation."""
        self.target.journal.emit(NoteEvent(self.target.clock.now(), text))

    # --- frames ---

    def testbed(self, *capabilities: Capability) -> Testbed:
        """Return the testbed; skip where there is none, or none that can do this."""
        testbed = self.target.testbed
        if testbed is None:
            pytest.skip("a testbed at the ports is needed")
        for capability in capabilities:
            if capability not in testbed.capabilities:
                pytest.skip(f"the {testbed.kind} testbed cannot {capability.value}")
        return testbed

    def unless_testbed_lacks(self, capability: Capability) -> None:
        """Skip where there is a testbed that cannot do this; without one there is no need."""
        if self.target.testbed is not None:
            self.testbed(capability)

    def switch(self) -> VirtualSwitch:
        """Return the switch at the ports; it is plugged in when it is first asked for."""
        testbed = self.testbed(Capability.PARTNER)
        return testbed.switch or testbed.plug_switch()

    def mark(self) -> None:
        """Begin to count frames here."""
        if self.target.testbed is not None:
            self.target.testbed.synchronise()  # first: what is under way is of the scenario before
            if self._capture is None:
                self._capture = self.target.testbed.capture()
            self._mark = len(self._capture.frames)

    def end_capture(self) -> None:
        """Keep no more frames: the testbed serves the scenarios after this one too."""
        if self._capture is not None:
            self._capture.stop()

    def frames(self, *, all_of_them: bool = False) -> list[Frame]:
        """Return the frames of both directions since the last action, or since the first."""
        self.testbed(Capability.CAPTURE)
        assert self._capture is not None, "frames are looked at after something was done"
        return self._capture.frames[0 if all_of_them else self._mark :]

    def sent(self) -> list[Sent]:
        """Return what the NAS sent since the last action, in order."""
        return sent_by_nas(self.frames())

    def requests(self) -> list[int]:
        """Return the ports of the echo requests that the NAS sent, in order."""
        kind = icmp.Type4.ECHO_REQUEST
        return [s.port for s in self.sent() if (echo := s.echo) and echo.type == kind]

    def replies(self) -> list[Sent]:
        """Return the echo replies that the NAS sent, in order."""
        kind = icmp.Type4.ECHO_REPLY
        return [s for s in self.sent() if (echo := s.echo) and echo.type == kind]

    def packets(self, protocol: ip.Protocol) -> list[int]:
        """Return the ports of the IPv4 packets of a protocol that the NAS sent, in order."""
        packets = ((s.port, s.packet) for s in self.sent())
        return [port for port, p in packets if p and p.protocol == protocol]

    @contextmanager
    def keeping(self, wanted: Callable[[Frame], bool]) -> Iterator[None]:
        """Make evidence of some frames only meanwhile: a flood is better counted."""
        testbed = self.testbed()
        testbed.journalled = wanted
        try:
            yield
        finally:
            testbed.journalled = lambda _frame: True

    def inject(self, frames: Iterable[tuple[int, bytes]]) -> None:
        """Send frames to the NAS, each on its port, and give it time to answer."""
        testbed = self.testbed(Capability.FORGE)
        self.mark()
        for port, frame in frames:
            self.name(port)
            testbed.send(port, frame)
        self.settle()

    def ask(self, questions: Sequence[Question]) -> None:
        """Send echo requests from hosts behind the ports, and give the NAS time to answer."""
        testbed = self.testbed(Capability.ASK)
        for question in questions:
            self.name(question.port)
        self.mark()
        self.attempt(lambda: testbed.ask(questions))
        self.settle()

    def attempt(self, action: Callable[[], T]) -> T:
        """Do what not every testbed can do; skip where this one refuses."""
        try:
            return action()
        except RefusedError as error:
            pytest.skip(str(error))

    @property
    def dialect(self) -> Dialect:
        """What this NAS is told with."""
        return dialect_of(self.target.result.facts)

    def lagg_mac(self) -> bytes:
        """Return the MAC address of the LAGG that most scenarios make."""
        name = self.dialect.aggregate
        ether = self.dialect.ether(self, name)
        assert ether, f"{name} has no MAC address"
        return mac(ether)
