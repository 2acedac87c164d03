"""The contract of every testbed: the other end of the cables at the NAS's ports.

A Testbed sends and receives Ethernet frames on each port, switches carriers, captures frames
with time stamps, and can connect a virtual switch to the ports. The kinds differ in the few
methods that are abstract here and in their capabilities; a scenario that needs one requires
it. Times are seconds on the testbed's clock, ports are numbered from 1.
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Self

from lagg_tool.clock import Clock
from lagg_tool.errors import RefusedError
from lagg_tool.evidence import FrameEvent, Journal, LinkEvent, WaitEvent
from lagg_tool.testbed.partner import Partner, Settings, VirtualSwitch
from lagg_tool.wire import arp, icmp, ip
from lagg_tool.wire.ethernet import Ethernet, EtherType
from lagg_tool.wire.summary import summary

_IDENTIFIER = 77  # of all echo requests


class Capability(enum.Enum):
    """What a testbed can do."""

    CARRIER = "switch the carrier of a port"
    FORGE = "send any frame"
    CAPTURE = "see every frame that the NAS sends"
    PARTNER = "answer frames within milliseconds, as an LACP partner must"
    ASK = "ask the NAS for echoes, as hosts behind a port do"
    OWN_MACS = "give each host behind a port a MAC address of its own"
    LACP = "be an LACP partner"
    SILENCE = "silence a far end behind a live link"
    CARDS = "stand at network cards, the only ports that TrueNAS's middleware knows"
    REBOOT = "outlive a reboot of the NAS"


class Direction(enum.StrEnum):
    """Which way a frame went."""

    FROM_NAS = "from_nas"
    TO_NAS = "to_nas"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame on a port's cable: when, where, which way."""

    at: float
    port: int
    direction: Direction
    data: bytes

    @property
    def summary(self) -> str:
        """The frame in one line."""
        return summary(self.data)


@dataclass(frozen=True, slots=True)
class LinkChange:
    """The carrier of a port was switched."""

    at: float
    port: int
    up: bool


@dataclass(eq=False)
class Capture:
    """The frames of all ports since ``Testbed.capture``, until ``stop``."""

    frames: list[Frame] = field(default_factory=list)
    _forget: Callable[[], None] = lambda: None

    def stop(self) -> None:
        """Take no more frames."""
        self._forget()

    def received(self, port: int | None = None) -> list[Frame]:
        """Return what the NAS sent, on one port or on all."""
        return [
            frame
            for frame in self.frames
            if frame.direction is Direction.FROM_NAS and port in (None, frame.port)
        ]


@dataclass(frozen=True, slots=True)
class Question:
    """An echo request of a host behind a port: its addresses, and the NAS's."""

    port: int
    source: IPv4Address
    hardware: bytes
    nas: IPv4Address
    nas_hardware: bytes
    sequence: int = 0

    def frame(self) -> bytes:
        """Return the request as it is sent."""
        message = icmp.echo(icmp.Type4.ECHO_REQUEST, _IDENTIFIER, self.sequence, b"x" * 32)
        packet = ip.Ipv4(self.source, self.nas, ip.Protocol.ICMP, message.encode())
        source = self.hardware
        return Ethernet(self.nas_hardware, source, EtherType.IPV4, packet.encode()).encode()

    def announcement(self) -> bytes:
        """Return the ARP request by which the NAS learns the host's address."""
        return arp.request(self.hardware, self.source, self.nas).encode()


Listener = Callable[[Frame], None]


class Testbed(abc.ABC):
    """The cables of a NAS.

    ``names`` maps each port's number to the NAS's name for it, for evidence. ``journalled``
    decides which frames become evidence; a flood is better counted than kept. ``run_name`` is the
    name, on the NAS, of what a testbed made there: its ports go with it.
    """

    kind: str
    run_name = ""
    capabilities: frozenset[Capability]

    def __init__(
        self, clock: Clock, names: Mapping[int, str], journal: Journal | None = None
    ) -> None:
        self.clock = clock
        self.names = dict(names)
        self.journal = journal
        self.journalled: Callable[[Frame], bool] = lambda _frame: True
        self.links = dict.fromkeys(self.names, True)
        self.link_changes: list[LinkChange] = []
        self.switch: VirtualSwitch | None = None
        self._listeners: list[Listener] = []

    @property
    def ports(self) -> tuple[int, ...]:
        """The numbers of the ports."""
        return tuple(self.names)

    # What each kind implements.

    @abc.abstractmethod
    def _transmit(self, port: int, data: bytes) -> None:
        """Put a frame onto a cable towards the NAS; called with the clock's lock held."""

    @abc.abstractmethod
    def _switch_carrier(self, port: int, *, up: bool) -> None:
        """Switch a carrier; called without the clock's lock."""

    @abc.abstractmethod
    def close(self) -> None:
        """Release everything that the testbed holds; the NAS keeps running."""

    # Cables.

    def require(self, *capabilities: Capability) -> None:
        """Raise RefusedError unless the testbed has all of these capabilities."""
        for capability in capabilities:
            if capability not in self.capabilities:
                raise RefusedError(f"the {self.kind} testbed cannot {capability.value}")

    def send(self, port: int, data: bytes) -> None:
        """Send a frame to the NAS; a cable without carrier swallows it."""
        self.require(Capability.FORGE)
        with self.clock.lock:
            self._check(port)
            if self.links[port]:
                self._saw(Frame(self.clock.now(), port, Direction.TO_NAS, data))
                self._transmit(port, data)

    def set_link(self, port: int, *, up: bool) -> None:
        """Switch the carrier of a port; nothing happens if it is so already."""
        self.require(Capability.CARRIER)
        self._check(port)
        if self.links[port] == up:
            return
        with self.clock.lock:
            change = LinkChange(self.clock.now(), port, up)
            self.links[port] = up
            self.link_changes.append(change)
            self._emit(LinkEvent(change.at, self.names[port], up))
            if self.switch is not None:
                self.switch.link_changed(port, up=up)
        self._switch_carrier(port, up=up)
        self.clock.notify()

    def _check(self, port: int) -> None:
        if port not in self.names:
            known = ", ".join(map(str, self.names))
            raise RefusedError(f"the testbed has no port {port}; it has {known}")

    def _arrived(self, port: int, data: bytes) -> None:
        """Take a frame that the NAS sent; called with the clock's lock held."""
        if self.links[port]:
            self._saw(Frame(self.clock.now(), port, Direction.FROM_NAS, data))
            if self.switch is not None:
                self.switch.receive(port, data)
            self.clock.notify()

    def _saw(self, frame: Frame) -> None:
        for listener in list(self._listeners):
            listener(frame)
        if self.journal is not None and self.journalled(frame):
            name = self.names[frame.port]
            self._emit(FrameEvent(frame.at, name, frame.direction, frame.summary, frame.data.hex()))

    def _emit(self, event: FrameEvent | LinkEvent | WaitEvent) -> None:
        if self.journal is not None:
            self.journal.emit(event)

    # Captures.

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every frame, the lock held; return how to end that."""
        with self.clock.lock:
            self._listeners.append(listener)

        def forget() -> None:
            with self.clock.lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return forget

    def capture(self) -> Capture:
        """Start a capture."""
        self.require(Capability.CAPTURE)
        capture = Capture()
        capture._forget = self.subscribe(capture.frames.append)  # noqa: SLF001 - made here
        return capture

    def synchronise(self) -> None:
        """Process the frames that were captured at the ports and are still on their way here.

        Most kinds of testbed see frames as they pass; one that is just being handed over is
        waited for.
        """
        with self.clock.lock:
            return

    def announce(self, questions: Sequence[Question]) -> None:
        """Make the hosts of these questions announce themselves to the NAS, by ARP."""
        self.require(Capability.ASK)
        hosts = {(one.port, one.source): one for one in questions}
        for host in hosts.values():
            self.send(host.port, host.announcement())

    def ask(self, questions: Sequence[Question]) -> None:
        """Send an echo request to the NAS from each host."""
        self.require(Capability.ASK)
        for question in questions:
            self.send(question.port, question.frame())

    def lacp(self, ports: Iterable[int], settings: Settings) -> Partner | None:
        """Connect an LACP partner to some ports; return it if it is this program's own.

        Raises RefusedError for one that this testbed cannot have.
        """
        self.require(Capability.LACP)
        switch = self.switch or self.plug_switch()
        with self.clock.lock:
            return switch.lacp(ports, settings)

    def silence(self, port: int, *, silent: bool) -> None:
        """Stop a cable from carrying frames in either direction; its carrier stays."""
        self.require(Capability.SILENCE)
        self._check(port)
        switch = self.switch or self.plug_switch()
        with self.clock.lock:
            switch.silence(port, to_nas=silent, from_nas=silent)

    def plug_switch(self) -> VirtualSwitch:
        """Connect a new virtual switch to all ports, in place of the old one."""
        self.require(Capability.PARTNER, Capability.FORGE)
        with self.clock.lock:
            self.unplug_switch()
            self.switch = VirtualSwitch(self.clock, self.ports, self.send)
            for port, up in self.links.items():
                self.switch.link_changed(port, up=up)
            return self.switch

    def unplug_switch(self) -> None:
        """Disconnect the virtual switch: the NAS receives only what ``send`` sends."""
        with self.clock.lock:
            if self.switch is not None:
                self.switch.stop()
                self.switch = None

    # Time.

    def wait(self, seconds: float, reason: str) -> None:
        """Let time pass on purpose."""
        began = self.clock.now()
        self.clock.sleep(seconds)
        self._waited(began, reason)

    def wait_until(self, condition: Callable[[], bool], seconds: float, reason: str) -> bool:
        """Wait until the condition holds, at most ``seconds``; return whether it held."""
        began = self.clock.now()
        held = self.clock.wait_until(condition, began + seconds)
        self._waited(began, reason if held else f"{reason}: in vain")
        return held

    def _waited(self, began: float, reason: str) -> None:
        self._emit(WaitEvent(began, self.clock.now() - began, reason))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug_switch()
        self.close()
