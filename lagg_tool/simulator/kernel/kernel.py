"""The kernel: its release, network stacks, jails, message buffer, and the way to the wires."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from lagg_tool.clock import Clock, Timer
from lagg_tool.simulator.kernel.cloning import Cloners, SimpleCloner
from lagg_tool.simulator.kernel.epair import Bridge, EpairCloner, TapInterface
from lagg_tool.simulator.kernel.errno import Errno, KernelError
from lagg_tool.simulator.kernel.flags import IFF
from lagg_tool.simulator.kernel.lagg_driver import LaggCloner, lagg_nodes
from lagg_tool.simulator.kernel.nics import Em, Loopback, Nic, Vtnet
from lagg_tool.simulator.kernel.parts import Parts
from lagg_tool.simulator.kernel.sysctl import SysctlTree
from lagg_tool.simulator.kernel.sysctl_nodes import host_nodes, network_nodes
from lagg_tool.simulator.kernel.vlan import VlanCloner
from lagg_tool.simulator.kernel.vnet import Vnet
from lagg_tool.simulator.release import FREEBSD_13_2, Release

PORTS = 6  # cables: 1 to 4 at vtnet1 to vtnet4, 5 and 6 at em0 and em1
_ADDRESS_PREFIX = bytes.fromhex("525400aa00")


@dataclass
class Jail:
    """A jail with a network stack of its own, or with the host's."""

    jid: int
    name: str
    path: str
    vnet: Vnet
    has_own_vnet: bool = True
    parameters: dict[str, str] = field(default_factory=dict)


class Kernel:
    """A running kernel. ``halt`` ends it: its timers do nothing from then on."""

    def __init__(
        self,
        clock: Clock,
        release: Release = FREEBSD_13_2,
        seed: int = 0,
        on_transmit: Callable[[int, bytes], None] = lambda _port, _frame: None,
        parts: Parts | None = None,
    ) -> None:
        self.clock = clock
        self.release = release
        self.random = random.Random(seed)
        self.parts = parts or Parts()
        self.on_transmit = on_transmit
        self.on_event: Callable[[], None] = lambda: None  # called after every timer of ours
        self.messages: list[str] = []
        self.hostname = "nas.test"
        self.boot_time = 0.0  # seconds since the epoch; the assembled NAS knows
        self.halted = False
        self._busy_until = clock.now()
        self._soon: deque[Callable[[], None]] = deque()
        self._draining = False
        self.jails: dict[int, Jail] = {}
        self._next_jid = 1
        self.cloners = Cloners()
        self.cloners.register(
            VlanCloner(),
            self.parts.of(LaggCloner)(self.parts),
            SimpleCloner("bridge", Bridge),
            SimpleCloner("tap", TapInterface),
            EpairCloner(),
        )
        self.sysctl = SysctlTree()
        self.sysctl.add(
            *host_nodes(
                release,
                lambda: self.hostname,
                lambda: self.boot_time,
                lambda: len(self.jails),
            ),
            *network_nodes(),
            *lagg_nodes(release),
        )
        self.nics: dict[int, Nic] = {}  # by port
        self.vnets: list[Vnet] = []
        self.host = self._new_vnet("")
        self._attach_nics()
        self._attach_loopback(self.host)

    # -- interfaces of the machine

    def _attach_nics(self) -> None:
        for number in range(PORTS + 1):
            lladdr = _ADDRESS_PREFIX + bytes([number])
            port = number or None
            nic: Nic
            if number < 5:
                nic = self.parts.of(Vtnet)(self, f"vtnet{number}", number, lladdr, port)
            else:
                nic = self.parts.of(Em)(self, f"em{number - 5}", number - 5, lladdr, port)
            self.host.attach(nic)
            if port is not None:
                self.nics[port] = nic

    def _attach_loopback(self, vnet: Vnet) -> None:
        vnet.attach(Loopback(self, "lo0", 0))

    def transmit(self, port: int, frame: bytes) -> None:
        """Send a frame on a port's cable."""
        self.on_transmit(port, frame)

    def receive(self, port: int, frame: bytes) -> None:
        """Take a frame that arrives on a port's cable."""
        if not self.halted:
            self.nics[port].receive(frame)

    def set_link(self, port: int, *, up: bool) -> None:
        """Switch the carrier of a port."""
        if self.nics[port].carrier != up:
            self.nics[port].set_carrier(up=up)

    # -- time

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Run ``action`` at a time of the clock, unless the kernel was halted."""

        def run() -> None:
            if not self.halted:
                action()
                self.on_event()

        return self.clock.call_at(when, run)

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Run ``action`` after ``seconds``, unless the kernel was halted."""
        return self.at(self.clock.now() + seconds, action)

    def soon(self, action: Callable[[], None]) -> None:
        """Run ``action`` when the caller has returned, without letting time pass."""
        self._soon.append(action)
        if self._draining:
            return
        self._draining = True
        self.at(self.clock.now(), self._drain)

    def _drain(self) -> None:
        while self._soon:
            self._soon.popleft()()
        self._draining = False

    def busy(self, seconds: float) -> float:
        """Keep the calling thread in the kernel for ``seconds``; return when it may go on."""
        self._busy_until = max(self._busy_until, self.clock.now()) + seconds
        return self._busy_until

    def seconds_busy(self) -> float:
        """Return how long a system call that was just made still takes."""
        return max(0.0, self._busy_until - self.clock.now())

    def halt(self) -> None:
        """Stop for good; a reboot makes a new Kernel."""
        self.halted = True

    # -- the message buffer

    def log(self, line: str) -> None:
        """Add a line to what dmesg(8) shows."""
        self.messages.append(line)

    # -- jails and their network stacks

    def create_jail(self, name: str, path: str = "/", *, vnet: bool = True) -> Jail:
        """Make a jail. Raises KernelError (EEXIST)."""
        if self.find_jail(name) is not None:
            raise KernelError(Errno.EEXIST)
        stack = self._new_vnet(name) if vnet else self.host
        if vnet:
            self._attach_loopback(stack)
        jail = Jail(self._next_jid, name, path, stack, has_own_vnet=vnet)
        self.jails[jail.jid] = jail
        self._next_jid += 1
        return jail

    def find_jail(self, name_or_jid: str) -> Jail | None:
        """Return the jail of this name or number."""
        for jail in self.jails.values():
            if name_or_jid in (jail.name, str(jail.jid)):
                return jail
        return None

    def remove_jail(self, jail: Jail) -> None:
        """End a jail: its clones go, the interfaces moved into it come home (vnet_if_return)."""
        del self.jails[jail.jid]
        if not jail.has_own_vnet:
            return
        stack = jail.vnet
        for interface in stack:
            if interface in stack.interfaces and self.cloners.made_in(interface) is stack:
                self.cloners.destroy(interface)
        for interface in stack:
            if interface.flags & IFF.LOOPBACK:
                stack.detach(interface)
            elif self.host.find(interface.name) is None:
                stack.move(interface, self.host)
            else:
                interface.departing()
                stack.detach(interface)
        self.vnets.remove(stack)

    def indexes(self) -> set[int]:
        """Return the interface indexes that are in use in any network stack."""
        return {interface.index for stack in self.vnets for interface in stack.interfaces}

    def _new_vnet(self, name: str) -> Vnet:
        stack = self.parts.of(Vnet)(self, name)
        self.vnets.append(stack)
        return stack
