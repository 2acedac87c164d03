"""A cable and interfaces for tests of the network stack, without lagg or drivers."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from lagg_tool.clock import VirtualClock
from lagg_tool.simulator.kernel.addresses import InterfaceAddress
from lagg_tool.simulator.kernel.errno import KernelError
from lagg_tool.simulator.kernel.flags import IFF, ND6, LinkState
from lagg_tool.simulator.kernel.link import Link
from lagg_tool.simulator.kernel.network import Network
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.kernel.timers import Timers


@dataclass(eq=False)
class FakeLink:
    """An interface that keeps what it sends, or refuses it."""

    name: str
    index: int
    link_state: LinkState = LinkState.UP
    lladdr: bytes = bytes.fromhex("525400aa0001")
    flags: IFF = IFF.BROADCAST | IFF.MULTICAST
    mtu: int = 1500
    nd6_mtu: int = 1500
    nd6: ND6 = ND6.PERFORMNUD | ND6.IFDISABLED | ND6.AUTO_LINKLOCAL
    linkstate_capable: bool = True
    is_port: bool = False
    addresses: list[InterfaceAddress] = field(default_factory=list)
    sent: list[bytes] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    refuses: KernelError | None = None
    looped: int = 0

    def output(self, frame: bytes) -> None:
        if self.refuses is not None:
            raise self.refuses
        self.sent.append(frame)

    def set_flags(self, flags: IFF) -> None:
        self.flags = flags | IFF.RUNNING

    def count(self, **numbers: int) -> None:
        self.looped += numbers["ibytes"]

    def log(self, message: str) -> None:
        self.said.append(message)


def loopback(index: int = 1) -> FakeLink:
    flags = IFF.UP | IFF.LOOPBACK | IFF.RUNNING | IFF.MULTICAST
    nd6 = ND6.PERFORMNUD | ND6.AUTO_LINKLOCAL
    return FakeLink(
        "lo0", index, lladdr=b"", flags=flags, mtu=16384, nd6=nd6, linkstate_capable=False
    )


def timers_of(clock: VirtualClock) -> Timers:
    return Timers(clock.now, lambda seconds, action: clock.call_at(clock.now() + seconds, action))


@dataclass
class Host:
    """A network stack with lo0 and one cable, and what its kernel said."""

    clock: VirtualClock = field(default_factory=VirtualClock)
    link: FakeLink = field(default_factory=lambda: FakeLink("lagg0", 9))
    lo: FakeLink = field(default_factory=loopback)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        links: list[Link] = [self.lo, self.link]
        timers = timers_of(self.clock)
        log = self.log.append
        self.network = Network(
            timers, Random(1), log, lambda: links, lambda: "nas.test", parts=Parts()
        )
        self.inet = self.network.inet
        self.ip = self.network.ip

    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    def take(self) -> list[bytes]:
        """Return the frames sent since the last call."""
        sent, self.link.sent = self.link.sent, []
        return sent
